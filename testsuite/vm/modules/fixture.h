/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What slow, dep and use have in common; each defines FIXTURE, its name, before. */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static int init_ms, init_err; /* milliseconds; a positive errno */
module_param(init_ms, int, 0444);
module_param(init_err, int, 0444);

/* Init, exit stay until "go" is written, so that what happens meanwhile is no question of speed. */
static int init_gate, exit_gate, go;
module_param(init_gate, int, 0444);
module_param(exit_gate, int, 0644);
module_param(go, int, 0644);

#define GATE_MSEC 300000

static void fixture_gate(int closed)
{
	for (int n = 0; closed && !READ_ONCE(go) && n < GATE_MSEC; n += 10)
		msleep(10);
	WRITE_ONCE(go, 0);
}

static int __init fixture_init(void)
{
	pr_info("fixture: " FIXTURE " init\n");
	if (init_ms)
		msleep(init_ms);
	fixture_gate(init_gate);
	if (init_err)
		return -init_err;
	pr_info("fixture: " FIXTURE " up %lld\n", ktime_get_ns());
	return 0;
}

static void __exit fixture_exit(void)
{
	pr_info("fixture: " FIXTURE " down %lld\n", ktime_get_ns());
	fixture_gate(exit_gate);
}

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("test fixture");
