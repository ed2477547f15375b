/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wide - a module that is slow to appear in sysfs
 *
 * The kernel makes /sys/module/wide first, then one file for each parameter,
 * and only then "initstate". With 4096 parameters a loader has many
 * milliseconds in which to see the directory without its state. When the
 * init function is through there is one more netlink protocol, so a caller of
 * socket() knows whether "loaded" was the truth.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#define WIDE_PROTO 25	/* no protocol of the kernel has this number; the alias below repeats it */

/* One more octal digit of the name and four times doubled: 8^4 = 4096 of them. */
#define PARAM(n) \
	static int p##n; \
	module_param(p##n, int, 0444)
#define PARAMS_1(n) PARAM(n##0); PARAM(n##1); PARAM(n##2); PARAM(n##3); \
	PARAM(n##4); PARAM(n##5); PARAM(n##6); PARAM(n##7)
#define PARAMS_2(n) PARAMS_1(n##0); PARAMS_1(n##1); PARAMS_1(n##2); PARAMS_1(n##3); \
	PARAMS_1(n##4); PARAMS_1(n##5); PARAMS_1(n##6); PARAMS_1(n##7)
#define PARAMS_3(n) PARAMS_2(n##0); PARAMS_2(n##1); PARAMS_2(n##2); PARAMS_2(n##3); \
	PARAMS_2(n##4); PARAMS_2(n##5); PARAMS_2(n##6); PARAMS_2(n##7)

PARAMS_3(0);
PARAMS_3(1);
PARAMS_3(2);
PARAMS_3(3);
PARAMS_3(4);
PARAMS_3(5);
PARAMS_3(6);
PARAMS_3(7);

static struct sock *wide_sock;

static void wide_input(struct sk_buff *skb)
{
}

static int __init wide_init(void)
{
	struct netlink_kernel_cfg cfg = { .input = wide_input };

	wide_sock = netlink_kernel_create(&init_net, WIDE_PROTO, &cfg);
	return wide_sock ? 0 : -ENOMEM;
}

static void __exit wide_exit(void)
{
	netlink_kernel_release(wide_sock);
}

module_init(wide_init);
module_exit(wide_exit);
MODULE_ALIAS("net-pf-16-proto-25");
MODULE_DESCRIPTION("Thousands of parameters and a netlink protocol");
MODULE_LICENSE("GPL");
