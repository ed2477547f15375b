# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# lib.sh - what the host-side scripts of the real-kernel tests share.
# Read with "."; the reader has set VM_SRC to the directory of this file.

top_src=$(cd "$VM_SRC/../.." && pwd)

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# need PROGRAM PACKAGE: a missing program is a failure that names what to install.
need()
{
	PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ||
		die "$1 is missing; install the package $2"
}

# Everything that is made goes below the build directory. A build inside the
# source tree gets a directory of its own, which version control ignores.
build_dir=${BUILD_DIR:-$PWD}
build_dir=$(cd "$build_dir" && pwd) || exit 1
case $build_dir in
"$top_src" | "$VM_SRC")	build_dir=$top_src/build-vm ;;
esac
VM_CACHE=${VM_CACHE:-$build_dir/vm-cache}
case $VM_CACHE in
/*)	;;
*)	VM_CACHE=$PWD/$VM_CACHE ;;
esac
export VM_CACHE
# VM_SERIES names a kernel beside the distribution's own (6.12); each is kept by itself.
# shellcheck disable=SC2034 # for the reader
kernel_dir=$VM_CACHE${VM_SERIES:+/$VM_SERIES}
