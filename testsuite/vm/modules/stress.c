/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stress - many kernel threads ask for one module, or one file system, at once
 *
 * Parameters: threads, name, and fs: get_fs_type() instead of request_module(). Init
 * waits for all of them. Results, as parameters too: fails, lastret (of the last one
 * that failed; get_fs_type() that finds nothing counts as -EINVAL), msec; and, while init
 * waits, answered.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kmod.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

static int threads = 1;
static char *name = "";
static bool fs;
static int fails, lastret, msec, answered;
module_param(threads, int, 0444);
module_param(name, charp, 0444);
module_param(fs, bool, 0444);
module_param(fails, int, 0444);
module_param(lastret, int, 0444);
module_param(msec, int, 0444);
module_param(answered, int, 0444);

static DECLARE_COMPLETION(ready); /* once for each thread: one that never ran has no answer to give */
static DECLARE_COMPLETION(begin);

static int ask_fs(void)
{
	struct file_system_type *type = get_fs_type(name);

	if (!type)
		return -EINVAL;
	module_put(type->owner);
	return 0;
}

static atomic_t answers = ATOMIC_INIT(0);

static int ask(void *data)
{
	int ret;

	complete(&ready);
	wait_for_completion(&begin);
	ret = fs ? ask_fs() : request_module("%s", name);
	WRITE_ONCE(answered, atomic_inc_return(&answers));
	return ret;
}

static int __init stress_init(void)
{
	struct task_struct **tasks;
	ktime_t start;
	int n, err = 0;

	if (threads < 1 || threads > 1000)
		return -EINVAL;
	tasks = kcalloc(threads, sizeof(*tasks), GFP_KERNEL);
	if (!tasks)
		return -ENOMEM;
	for (n = 0; n < threads; n++) {
		tasks[n] = kthread_create(ask, NULL, "stress/%d", n);
		if (IS_ERR(tasks[n])) {
			err = PTR_ERR(tasks[n]);
			break;
		}
		get_task_struct(tasks[n]); /* it may be through before it is asked for its answer */
		wake_up_process(tasks[n]);
		wait_for_completion(&ready);
	}
	start = ktime_get();
	complete_all(&begin);
	while (n-- > 0) {
		int ret = kthread_stop(tasks[n]);

		put_task_struct(tasks[n]);
		if (ret) {
			fails++;
			lastret = ret;
		}
	}
	msec = (int)ktime_ms_delta(ktime_get(), start);
	kfree(tasks);
	return err;
}

static void __exit stress_exit(void)
{
}

module_init(stress_init);
module_exit(stress_exit);
MODULE_DESCRIPTION("many callers of request_module or get_fs_type");
MODULE_LICENSE("GPL");
