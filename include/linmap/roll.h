/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Taking every CPU from one root of a map to another and back, while all of them go
 * on computing: nobody is held. docs/roll.md says why each step is where it is.
 *
 * A map has two roots, 0 and 1. At rest all CPUs are on one of them, which is *home*:
 * the root that the map has. The other one is a clone of it. In a kernel whose root
 * stays where it is, 0 is always the root, and 1 always the clone.
 *
 * Edits that are committed by LM_ROLL do the following; struct lm_roll_commit connects
 * the two. A port can also do it around stores of its own:
 *
 *	int change_map(struct lm_roll *roll, const struct lm_roll_port *port)
 *	{
 *		unsigned int cpu;
 *		int err;
 *
 *		fill_clone();				// leads to the new tree
 *		start_timer();				// port->expired asks it
 *		err = lm_roll_out(roll, port, &cpu);
 *		if (err) {
 *			while (lm_roll_back(roll, port, &cpu))
 *				warn_and_start_timer(cpu);
 *			return err;			// nothing has changed
 *		}
 *		make_root_equal();			// nobody walks it
 *		invalidate_all();			// DSB, broadcast TLBI, DSB
 *		while (lm_roll_home(roll, port, &cpu))
 *			warn_and_start_timer(cpu);
 *		free_old_tree();
 *		return 0;
 *	}
 */
#ifndef LINMAP_ROLL_H
#define LINMAP_ROLL_H

#include <linmap/linmap.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LM_ROLL_MOST_CPUS 8191

/**
 * struct lm_roll_port - what rolling needs of a port
 * @ctx: handed to each
 * @call: make a CPU call lm_roll_answer(), by an interrupt for instance; the caller's
 *	own CPU, too, which may answer before @call returns. What was stored before must
 *	be visible before (DSB ISHST before an SGI); the CPU acknowledges the call before
 *	it answers. Neither waits for the CPU nor fails. A CPU may be called twice, or
 *	when there is nothing to do any more
 * @expired: whether the leader has waited too long; asked while it waits. The caller
 *	starts the time anew before each function that waits
 * @relax: a moment's rest in a loop; may let other threads run
 * @move: take the executing CPU to root 0 or 1: all exceptions masked, TTBR of the map
 *	to an empty table, ISB, TLBI of all of this CPU, DSB NSH, ISB, TTBR to @root,
 *	ISB; in code that the map does not translate
 * @go_home: the same when both roots are equal, entry by entry: all exceptions masked,
 *	TTBR to @root, ISB
 * @invalidate: for the leader: DSB ISHST, TLBI of all levels by broadcast, DSB ISH, and
 *	both once more where a CPU needs that (repeat_tlbi in struct lm_env), ISB
 */
struct lm_roll_port {
	void *ctx;
	void (*call)(void *ctx, unsigned int cpu);
	bool (*expired)(void *ctx);
	void (*relax)(void *ctx);
	void (*move)(void *ctx, unsigned int cpu, unsigned int root);
	void (*go_home)(void *ctx, unsigned int cpu, unsigned int root);
	void (*invalidate)(void *ctx);
};

/**
 * struct lm_roll - on which root the CPUs of a map are, and have to be
 * @word: which root, and how many CPUs are where; the CPUs' and the leader's
 * @cpus: how many CPUs there can be
 * @home: root 0 or 1; the leader's
 * @away: CPUs may be on the other root: from lm_roll_out() until lm_roll_back(),
 *	lm_roll_home() or lm_roll_settle() has returned 0. Until then neither root, and
 *	no table that one of them leads to, may be freed; the leader's
 * @last: of each CPU, the last generation that it followed; LM_ROLL_ABSENT for a CPU
 *	that cannot walk the map. Written by the CPU, read by the leader
 */
struct lm_roll {
	uint64_t word;
	unsigned int cpus;
	unsigned int home;
	bool away;
	uint32_t *last;
};

#define LM_ROLL_ABSENT UINT32_MAX

/**
 * lm_roll_init() - home is root 0, and no CPU is there yet
 * @roll: filled in
 * @last: memory for one word for each CPU, owned by the caller
 * @cpus: how many CPUs there can be
 *
 * Each CPU, also the one that boots, then calls lm_roll_arrive().
 *
 * Context: any, before the first use; the caller's.
 * Return: 0; -LM_EINVAL if @cpus is 0 or more than LM_ROLL_MOST_CPUS.
 */
int lm_roll_init(struct lm_roll *roll, uint32_t *last, unsigned int cpus);

/* --------------------------------------------------------------------- leader */

/**
 * lm_roll_out() - move every CPU from home to the other root
 * @roll: the CPUs
 * @port: the port
 * @culprit: on -LM_ETIMEOUT, set to the first CPU that did not arrive; to @roll->cpus if
 *	that CPU went offline, or another one came up, at that very moment
 *
 * Both roots lead to complete trees that translate every address to the same memory.
 * The stores to both are complete (DSB ISHST), and neither is written until this
 * function returns, nor what they lead to.
 *
 * If it returns 0, nobody walks the root that is home, and no TLB holds anything of it,
 * except where TLBs are shared: the caller invalidates by broadcast after its stores.
 *
 * Context: may be preempted, and may move to another CPU; exceptions not masked, unless
 * port->call answers for the caller's CPU by itself. One leader at a time: the map's
 * lock, from before the clone is filled until all are home.
 * Return: 0; -LM_ESTATE if @roll->away; -LM_ETIMEOUT: nobody else will come, and CPUs
 * that came may still be on the other root: call lm_roll_back().
 */
int lm_roll_out(struct lm_roll *roll, const struct lm_roll_port *port,
		unsigned int *culprit);

/**
 * lm_roll_back() - end a roll of which nothing has been stored
 * @roll: the CPUs
 * @port: the port
 * @culprit: on -LM_ETIMEOUT, set to a CPU that has not come back yet
 *
 * After lm_roll_out() timed out, or also after it succeeded, as long as the root that
 * is home is what it was. Each CPU that moved goes home by port->move; then the leader
 * invalidates by broadcast. If it returns 0, no CPU walks the other root, nor has any
 * of it in its TLB: it and what it leads to may be freed, or staged anew.
 *
 * Context: as lm_roll_out().
 * Return: 0; -LM_ETIMEOUT: CPU @culprit may still walk the other root, so nothing may
 * be freed or written. It still has to come: call this again; -LM_ESTATE if nobody is
 * away, or lm_roll_home() has been called.
 */
int lm_roll_back(struct lm_roll *roll, const struct lm_roll_port *port,
		 unsigned int *culprit);

/**
 * lm_roll_home() - take every CPU home, after the roots have become equal
 * @roll: the CPUs
 * @port: the port
 * @culprit: on -LM_ETIMEOUT, set to a CPU that is not home yet
 *
 * After lm_roll_out() returned 0 the caller has made the two roots equal, entry by
 * entry, and then invalidated all levels by broadcast (DSB, TLBI, DSB). Each CPU goes
 * home by port->go_home. If it returns 0, nobody walks the other root, and what only
 * the old tree led to may be freed.
 *
 * There is no giving up: until it has returned 0, nothing may be freed.
 *
 * Context: as lm_roll_out().
 * Return: 0; -LM_ETIMEOUT: CPU @culprit is not home yet. It still has to come: call
 * this again; -LM_ESTATE if nobody is away, or they are asked back already.
 */
int lm_roll_home(struct lm_roll *roll, const struct lm_roll_port *port,
		 unsigned int *culprit);

/**
 * lm_roll_settle() - make home of the root that all CPUs have moved to
 * @roll: the CPUs
 * @port: the port; only @invalidate is used
 *
 * Instead of lm_roll_home(), for a map whose root may be anywhere: no live table is
 * stored to at all, and each CPU moves once. If it returns 0, the root that was home
 * may be freed; its number is that of the next clone.
 *
 * Context: as lm_roll_out().
 * Return: 0; -LM_ESTATE unless lm_roll_out() has just returned 0.
 */
int lm_roll_settle(struct lm_roll *roll, const struct lm_roll_port *port);

/**
 * struct lm_roll_commit - these four steps as a commit by LM_ROLL takes them
 * @roller: env->roller points here. The port may set roller.clone, see struct lm_roller
 * @roll: the CPUs
 * @port: the port
 * @begin: the leader begins to wait: start the timer that port->expired asks; or NULL
 * @late: CPU @cpu is not home yet although that time is over, and the leader goes on
 *	waiting: say so; or NULL
 * @root: addresses of the two roots by number, for port->move and port->go_home. A root
 *	that has a CPU on it, or on its way there, keeps its address
 */
struct lm_roll_commit {
	struct lm_roller roller;
	struct lm_roll *roll;
	const struct lm_roll_port *port;
	void (*begin)(void *ctx);
	void (*late)(void *ctx, unsigned int cpu);
	lm_pa_t root[2];
};

/**
 * lm_roll_commit_init() - let edits be committed by LM_ROLL
 * @commit: filled in; must not move. The caller sets @begin and @late afterwards
 * @roll: the CPUs
 * @port: the port; its ctx is handed to @begin and @late, too
 * @root: of the map
 *
 * Context: any, before the first use; the caller's.
 */
void lm_roll_commit_init(struct lm_roll_commit *commit, struct lm_roll *roll,
			 const struct lm_roll_port *port, lm_pa_t root);

/**
 * lm_roll_commit_settles() - the root of the map may be anywhere
 * @commit: after lm_roll_commit_init()
 * @clone: where the address of memory for the first clone is
 *
 * Each commit makes the clone the root, stores to no live table, and lets each CPU move
 * once. The port brings CPUs up on commit->root[lm_roll_arrive()].
 *
 * Context: any, before the first use; the caller's.
 */
void lm_roll_commit_settles(struct lm_roll_commit *commit, lm_pa_t *clone);

/* ----------------------------------------------------------------- every CPU */

/**
 * lm_roll_answer() - go to the root on which every CPU has to be
 * @roll: the CPUs
 * @port: the port
 * @cpu: the caller's
 *
 * Called for each call of the leader, and at any other time: a CPU that is where it has
 * to be, or is counted as absent, does nothing. The code and the stack are in the map:
 * only port->move leaves it.
 *
 * Context: exceptions masked, at least those whose handlers answer calls. Bounded:
 * waits for nobody.
 * Return: whether it moved.
 */
bool lm_roll_answer(struct lm_roll *roll, const struct lm_roll_port *port,
		    unsigned int cpu);

/**
 * lm_roll_arrive() - a CPU is about to walk the map
 * @roll: the CPUs
 * @cpu: the CPU
 *
 * Called when a CPU comes up or resumes, before its TTBR is written for the first time:
 * by itself, or for it by the CPU that starts it. From then on it counts. Its TLB must
 * hold nothing of the map. It goes to the root that is returned, and calls
 * lm_roll_answer() once by itself as soon as it can take calls: the leader may not have
 * known of it.
 *
 * A CPU that counts already, because it slept without lm_roll_leave(), gets the root that
 * it was on; it has missed nothing.
 *
 * Context: any; exceptions masked on @cpu until its TTBR is written.
 * Return: root 0 or 1.
 */
unsigned int lm_roll_arrive(struct lm_roll *roll, unsigned int cpu);

/**
 * lm_roll_leave() - a CPU can no longer walk the map
 * @roll: the CPUs
 * @cpu: the CPU
 *
 * Called when a CPU goes offline, after it has left the map: its TTBR at an empty table
 * and its TLB invalidated (TLBI, DSB), by itself in code that the map does not
 * translate; or for it by another CPU that knows it to be off. The leader waits for it
 * no more. For a CPU that is absent already nothing happens.
 *
 * Context: any; not while lm_roll_answer() or lm_roll_arrive() runs for the same CPU.
 */
void lm_roll_leave(struct lm_roll *roll, unsigned int cpu);

#ifdef __cplusplus
}
#endif

#endif
