/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What slow, dep and use have in common; each defines FIXTURE, its name, before. */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static int init_ms, init_err, exit_ms; /* milliseconds; a positive errno */
module_param(init_ms, int, 0444);
module_param(init_err, int, 0444);
module_param(exit_ms, int, 0644);

static int __init fixture_init(void)
{
	pr_info("fixture: " FIXTURE " init\n");
	if (init_ms)
		msleep(init_ms);
	if (init_err)
		return -init_err;
	pr_info("fixture: " FIXTURE " up %lld\n", ktime_get_ns());
	return 0;
}

static void __exit fixture_exit(void)
{
	pr_info("fixture: " FIXTURE " down %lld\n", ktime_get_ns());
	if (exit_ms)
		msleep(exit_ms);
}

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("test fixture");
