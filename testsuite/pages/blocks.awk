# SPDX-License-Identifier: LGPL-2.1-or-later
# The literal blocks of a page in scdoc, as a reader sees them: the n-th goes to DIR/PAGE.n. -v dir=DIR -v page=PAGE
/^\t*```$/ {
	indent = index($0, "`")
	inside = !inside
	if (inside)
		file = dir "/" page "." ++n
	else
		close(file)
	next
}
inside {
	$0 = substr($0, indent)
	gsub(/\\\\/, "\\")
	print >file
}
