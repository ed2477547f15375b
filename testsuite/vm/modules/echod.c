/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * echod - a TCP echo daemon, as somebody outside of the kernel would write it
 *
 * Parameters: port, and backlog of its listen(). One thread accepts, each connection
 * has a thread of its own. A connection holds the module.
 */
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>

static ushort port = 7;
static int backlog = 16;
module_param(port, ushort, 0444);
module_param(backlog, int, 0444);

static struct socket *listener;
static struct task_struct *acceptor;

static int send_all(struct socket *sock, char *buf, int len)
{
	while (len > 0) {
		struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
		struct kvec vec = { .iov_base = buf, .iov_len = len };
		int n = kernel_sendmsg(sock, &msg, &vec, 1, len);

		if (n <= 0)
			return n ? n : -EPIPE;
		buf += n;
		len -= n;
	}
	return 0;
}

static int serve(void *data)
{
	struct socket *sock = data;
	char *buf = kmalloc(PAGE_SIZE, GFP_KERNEL);

	while (buf) {
		struct msghdr msg = { 0 };
		struct kvec vec = { .iov_base = buf, .iov_len = PAGE_SIZE };
		int n = kernel_recvmsg(sock, &msg, &vec, 1, PAGE_SIZE, 0);

		if (n <= 0 || send_all(sock, buf, n) < 0)
			break;
	}
	kfree(buf);
	sock_release(sock);
	module_put_and_kthread_exit(0); /* the last of our code this thread runs */
	return 0;
}

static int accept_all(void *data)
{
	struct socket *sock;

	while (!kthread_should_stop()) {
		struct task_struct *worker;

		if (kernel_accept(listener, &sock, 0) < 0) {
			schedule_timeout_interruptible(HZ / 20);
			continue;
		}
		__module_get(THIS_MODULE); /* on behalf of the worker */
		worker = kthread_run(serve, sock, "echod/worker");
		if (IS_ERR(worker)) {
			sock_release(sock);
			module_put(THIS_MODULE);
		}
	}
	return 0;
}

static int __init echod_init(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int err;

	if (backlog < 1) {
		pr_err("echod: backlog must be 1 or more\n");
		return -EINVAL;
	}
	err = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &listener);
	if (err < 0)
		return err;
	sock_set_reuseaddr(listener->sk);
	to.sin_port = htons(port);
	to.sin_addr.s_addr = htonl(INADDR_ANY);
	err = kernel_bind(listener, (struct sockaddr *)&to, sizeof(to));
	if (err == 0)
		err = kernel_listen(listener, backlog);
	if (err == 0) {
		acceptor = kthread_run(accept_all, NULL, "echod");
		err = PTR_ERR_OR_ZERO(acceptor);
	}
	if (err < 0)
		sock_release(listener);
	else
		pr_info("fixture: echod init\n");
	return err;
}

static void __exit echod_exit(void)
{
	kernel_sock_shutdown(listener, SHUT_RDWR); /* ends the accept */
	kthread_stop(acceptor);
	sock_release(listener);
}

module_init(echod_init);
module_exit(echod_exit);
MODULE_DESCRIPTION("TCP echo daemon");
MODULE_LICENSE("GPL");
