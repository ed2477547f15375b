# SPDX-License-Identifier: LGPL-2.1-or-later
# scdoc begins and ends everything with a paragraph. Those that separate nothing go, and one at the end of an indented
# block comes behind it: mandoc -Tlint has no warning then, and pages look the same.
/^\.TH / { $2 = toupper($2) }
/^\.RE/ { print; next }
/^\.P$/ { paragraph = 1; next }
/^\.SH / { print; paragraph = 0; fresh = 1; next }
{
	if (paragraph && !fresh)
		print ".P"
	paragraph = fresh = 0
	print
}
