/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every unit test includes first: cmocka wants these headers before it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/macro.h"
