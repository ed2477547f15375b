# SPDX-License-Identifier: LGPL-2.1-or-later
# libkmod.h as doxygen wants it: "NAME - text", "@argument: text", "Return:" and "Since:" become its commands. A comment
# whose NAME is not that of the function below it gets a command that nobody knows, which is an error there.
BEGIN { print "/** @file */" }

# The comment at the top is the first page; a line of dashes begins a group.
/^ \* libkmod: / { print " @mainpage libkmod"; first = 0 }
/^\/\*$/ && !seen { seen = 1; sub(/\*$/, "**") }
/^\/\* ---- / {
	sub(/^\/\* ---- /, ""); sub(/ -* \*\/$/, "")
	print (groups++ ? "/** @} */\n" : "") "/** @name " $0 " */\n/** @{ */"
	next
}
/^#ifdef __cplusplus$/ && groups { print "/** @} */" }

# What stands behind a value of an enum.
/^\t[A-Z_]*KMOD_[A-Z_]* = .*, \/\* / { sub(/\/\*/, "/**<") }

/^\/\*\*/ { doc = 1; name = "" }
doc {
	gsub(/%/, "\\%")
	command = ""
	if (match($0, /^ \* @[a-z_]+(, @[a-z_]+)*: /)) {
		command = substr($0, 4, RLENGTH - 5)
		gsub(/[@ ]/, "", command)
		command = " * @param " command " "
		$0 = substr($0, RLENGTH + 1)
	}
	gsub(/@/, "@p ")
	$0 = command $0
	if (!name && match($0, /[a-z_]+ - /)) {
		name = substr($0, RSTART, RLENGTH - 3)
		sub(/(enum )?[a-z_]+ - /, "@brief ")
		brief = 1
	}
	sub(/Return:/, "\n@return")
	sub(/Since: /, "\n@since ")
	print
	if (brief)
		print ""	# what follows the first line is no part of it
	brief = 0
	if (/\*\/$/)
		doc = 0
	next
}
name && /\(|enum|#define/ {
	if ($0 !~ "[ *]" name "[ (]")
		print "/** @comment_of_" name " */"
	name = ""
}
{ print }
