// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The protocol of src/roll.c, step by step, for spin: one leader, and CPUS CPUs, of
 * which one is the leader's own. Knows nothing of caches: what the CPUs see is in one
 * order.
 *
 * A step of a process below is one access to the word, or one action that others can
 * notice. Steps of different CPUs come in any order and at any distance, so an interrupt
 * may be late by any number of edits. In step 1 it may get lost, too.
 *
 * Generations have no numbers here. A CPU acts on the word as it is in the step in which
 * it counts (in the code, because a compare-and-exchange of the whole word succeeds), so
 * that only the root that the word names is left of its generation: `target`. The leader
 * goes on for ever in finitely many states, and the proof holds for any number of edits,
 * and for generations that wrap around.
 *
 * A tree is what a root leads to: the old one, the new one, or nothing any more. A CPU
 * walks at any time by speculation, so its TLB holds a tree from the moment that it can
 * walk it until it invalidates. After each edit the new tree becomes the old one.
 *
 * What is proved, and where it is checked below:
 *
 *	walk	nobody walks a root while the leader stores to it, and nobody a tree that
 *		is free or not yet staged
 *	mixed	no TLB ever holds something of both trees
 *	free	when the leader frees a tree, no CPU is on its root, or on its way there,
 *		and no TLB holds anything of it
 *	exact	the counts are right whenever nobody moves
 *	named	a time-out names a CPU that did not arrive; it names none only if a CPU went
 *		or came up meanwhile
 *	twice	no CPU moves more than twice for an edit, given up or not
 *	ends	no deadlock: where nobody can go on, everybody has come to his end. This is
 *		spin's check for invalid end states
 *	over	a roll that began ends some day, one way or the other
 *	back	a CPU that is on the clone is home some day, or offline
 *
 * `over` and `back` are about infinite runs, and assume that no process that can go on
 * rests for ever (weak fairness). The others assume nothing.
 *
 * -DNAME builds in a mistake, to see that it is found; spin.sh has the list.
 */
#ifndef CPUS
#define CPUS 3
#endif

/* CPUs that go offline and come up: these, counted from 0. All others stay. */
#ifndef COMING_AND_GOING
#define COMING_AND_GOING 1
#endif

#define for_all(cpu) for (cpu : 0 .. CPUS - 1)

/* What a root leads to. */
#define OLD  0
#define NEW  1
#define FREE 2

/* Where a CPU walks: root 0, root 1, or nothing. */
#define NOTHING 2

/* The word. */
bit target;
bool equal;
byte present = CPUS, on_root_1, moving;

/* The leader's. */
bit home;
bool time_is_over; /* what port->expired() says */

/* What `last` says about each CPU. */
bool absent[CPUS];
bit root[CPUS]; /* followed an even generation last, or an odd one */
bool came[CPUS]; /* the one in which the leader asked last, or a later one */

/* The machine. */
bool pending[CPUS]; /* the leader's interrupt */
byte walks[CPUS];
bool has_old[CPUS] = true, has_new[CPUS]; /* the TLB */
byte tree[2]; /* what the roots lead to */

/* For the properties only. */
bool asking, rolling, storing;
bool follows[CPUS]; /* has counted itself since the leader asked last */
bool somebody_came_or_went; /* since the leader asked last */
byte coming_or_going; /* CPUs that have counted or recorded, and not yet both */
byte moves[CPUS]; /* for this edit */

/* ---------------------------------------------------------------- properties */

/* Checked at each step that could break it. If it is broken, spin prints its name. */
bool walk = true, mixed = true, free = true, exact = true, named = true, twice = true;
#define expect(property, condition)                                        \
	property = ((condition) || (CHECK && CHECK != only_##property)); \
	assert(property)

/* -DCHECK=only_NAME checks only that one: most mistakes break many. */
#ifndef CHECK
#define CHECK 0
#endif
#define only_walk  1
#define only_mixed 2
#define only_free  3
#define only_exact 4
#define only_named 5
#define only_twice 6
#define only_ends  7

/* One CPU stands for all: their code is the same. */
ltl over { [] (rolling -> <> !rolling) }
ltl back { [] ((!absent[0] && root[0] != home) -> <> (absent[0] || root[0] == home)) }

/* What remains of a generation, when the leader thinks that all are there. */
#define ALL_ARE_THERE (moving == 0 && on_root_1 == (target -> present : 0))

/* CPU @c can walk now: its TLB may hold what it can walk. */
inline speculate(c)
{
	if
	:: walks[c] != NOTHING ->
		expect(walk, tree[walks[c]] != FREE && !(storing && walks[c] == home));
		if
		:: tree[walks[c]] == OLD -> has_old[c] = true
		:: else -> has_new[c] = true
		fi;
		expect(mixed, !(has_old[c] && has_new[c]))
	:: else
	fi
}

/* Whether the only missing CPUs are on their way. */
#define ALL_HAVE_ANNOUNCED ((target -> on_root_1 + moving : on_root_1 - moving) == \
			    (target -> present : 0))

/* No CPU walks @which, and no TLB holds the tree. */
inline expect_free(which, held)
{
	for_all(i) {
		expect(free, walks[i] != which && !held)
	}
	i = 0
}

inline expect_exact()
{
	d_step {
		count = 0;
		for_all(i) {
			if
			:: !absent[i] -> count = count + root[i]
			:: else
			fi
		}
		/*
		 * A CPU that comes up or goes offline is counted, and has not recorded it
		 * yet.
		 */
		expect(exact, moving > 0 || somebody_came_or_went || count == on_root_1);
		count = 0;
		i = 0
	}
}

/* --------------------------------------------------------------------- leader */

/* Name the other root, in one step. */
inline name_other(roots_are_equal)
{
	target = !target;
	equal = roots_are_equal
}

inline call_all_asked(can_get_lost)
{
	for_all(i) {
		if
		:: !absent[i] && root[i] != target ->
			if
			:: pending[i] = true
			:: can_get_lost
			fi
		:: else
		fi
	}
	i = 0
}

inline wait_or_give_up()
{
	do
	:: ALL_ARE_THERE -> break
	:: !ALL_ARE_THERE && time_is_over ->
#ifdef GIVE_UP_NOT_ATOMIC
		/* Looked a moment ago. */
		d_step { name_other(false) }
		gave_up = true;
		break
#else
		d_step {
			if
#ifdef GIVE_UP_ON_THOSE_ON_THEIR_WAY
			:: !ALL_ARE_THERE ->
#else
			:: !ALL_HAVE_ANNOUNCED -> /* compare and exchange */
#endif
				name_other(false);
				gave_up = true
			:: else
			fi
		}
		if
		:: gave_up -> break
		:: else
		fi
#endif
	od
}

inline find_missing()
{
#if !defined(NAME_WITHOUT_WAITING) && !defined(GIVE_UP_WITHOUT_WAITING)
	moving == 0;
#endif
	d_step {
		missing = CPUS;
		for_all(i) {
			if
			:: missing == CPUS && !absent[i] && !came[i] -> missing = i
			:: else
			fi
		}
		i = 0;
		if
		:: missing < CPUS -> expect(named, !follows[missing])
		:: else -> expect(named, somebody_came_or_went)
		fi;
		missing = 0
	}
}

inline call_and_wait()
{
	call_all_asked(false);
	do
	:: ALL_ARE_THERE -> break
#ifdef GIVE_UP_AFTER_THE_FIRST_STORE
	:: equal && time_is_over -> break
#endif
#ifdef GIVE_UP_WITHOUT_WAITING
	/* Those that have announced themselves are not on root 1 yet. */
	:: !equal && on_root_1 == (target -> present : 0) -> break
#endif
	od
}

/* So that states that differ in nothing else are one, also after the last use. */
inline forget()
{
	for_all(i) {
		came[i] = false;
		follows[i] = false
	}
	i = 0
}

/* lm_roll_out() */
inline roll_out()
{
	d_step {
		asking = true;
		rolling = true;
		somebody_came_or_went = coming_or_going > 0;
		name_other(false);
		forget()
	}
	call_all_asked(true);
	wait_or_give_up();
	if
	:: gave_up -> find_missing()
	:: else -> expect_exact()
	fi;
	d_step {
		asking = false;
		rolling = false;
		time_is_over = false;
		somebody_came_or_went = false;
		forget()
	}
}

/* lm_roll_back(), and what is staged is freed. */
inline roll_back()
{
	rolling = true;
	if
	:: target != home -> d_step { name_other(false) }
	:: else
	fi;
#ifndef FREE_WITHOUT_ASKING_BACK
	call_and_wait();
#endif
	atomic {
		expect_free(!home, has_new[i]);
		tree[!home] = FREE;
		rolling = false;
		for_all(i) {
			moves[i] = 0
		}
		i = 0
	}
}

/* Store to the root that no CPU walks. */
inline make_equal()
{
	d_step {
		storing = true;
		for_all(i) {
			expect(walk, walks[i] != home)
		}
		i = 0
	}
	tree[home] = NEW;
	storing = false
}

/* From now on the new tree is the old one, and the other root is not needed. */
inline end_of_edit()
{
	d_step {
		expect_free(!home, has_old[i]);
		tree[!home] = FREE;
		tree[home] = OLD;
		for_all(i) {
			has_old[i] = has_new[i];
			has_new[i] = false;
			moves[i] = 0
		}
		i = 0
	}
}

/* lm_roll_home() */
inline roll_home()
{
	d_step {
		rolling = true;
		name_other(true)
	}
#ifdef FREE_BEFORE_THE_LAST_IS_HOME
	call_all_asked(false);
#else
	call_and_wait();
#endif
	atomic {
		equal = false;
		rolling = false
	}
}

inline step_2_and_3()
{
#ifdef HOME_BEFORE_EQUAL
	d_step {
		rolling = true;
		name_other(true)
	}
	call_all_asked(false);
	make_equal();
	call_and_wait();
	atomic {
		equal = false;
		rolling = false
	}
#else
	make_equal();
	roll_home();
#endif
	end_of_edit()
}

/* lm_roll_settle() */
inline settle()
{
	home = target;
	end_of_edit()
}

active proctype leader()
{
	byte i, count, missing;
	bool gave_up;

	do
	:: d_step { /* the clone leads to the new tree */
		expect_free(!home, has_new[i]);
		tree[!home] = NEW;
	   }
	   roll_out();
	   if
	   :: gave_up = false; roll_back() /* or before the first store */
	   :: !gave_up -> step_2_and_3()
#ifndef ROOT_STAYS
	   :: !gave_up -> settle()
#endif
	   fi
	:: break /* the map is never changed again */
	od
}

/* The leader waits, and time goes by. */
active proctype clock()
{
end:
	do
	:: asking && !time_is_over -> time_is_over = true
	od
}

/* ------------------------------------------------------------------ every CPU */

inline announce(where)
{
	moving++;
	follows[me] = true;
	to = where;
	is_equal = equal
}

/* port->move and port->go_home */
inline go()
{
	if
	:: is_equal || skips_empty
	:: else ->
		d_step { /* empty table, ISB, TLBI, DSB */
			walks[me] = NOTHING;
			has_old[me] = false;
			has_new[me] = false
		}
	fi;
	d_step {
		walks[me] = to;
		speculate(me);
		moves[me]++;
		expect(twice, moves[me] <= 2)
	}
}

inline record()
{
	d_step {
		root[me] = to;
		came[me] = follows[me]
	}
}

inline count_in()
{
	d_step {
		moving--;
		on_root_1 = (to -> on_root_1 + 1 : on_root_1 - 1)
	}
}

#ifdef ANNOUNCE_AFTER_MOVE
/* As in parking: goes, and counts if it is still asked to. Else it goes back. */
inline go_and_announce()
{
	d_step {
		is_asked = !absent[me] && root[me] != target;
		to = target;
		is_equal = equal
	}
	if
	:: is_asked ->
		go();
		d_step {
			if
			:: to == target ->
				announce(to);
				record();
				count_in()
			:: else -> is_asked = false
			fi
		}
		if
		:: is_asked
		:: else -> to = root[me]; go()
		fi
	:: else
	fi;
}
#endif

/*
 * lm_roll_answer(), exceptions masked. The code reads the word first; that a
 * compare-and-exchange of the same word succeeds then is the one step that matters.
 */
inline answer()
{
#ifdef BACK_WITHOUT_TLBI
	skips_empty = !absent[me] && root[me] != home;
#endif
#if defined(ANNOUNCE_AFTER_MOVE)
	go_and_announce()
#else
#ifdef LATE_ORDER_MOVES
	/* Looks when it reads the word, and counts whatever has happened since. */
	is_asked = !absent[me] && root[me] != target;
	if
	:: is_asked -> d_step { announce(!root[me]) }
	:: else
	fi;
#else
	d_step {
		is_asked = !absent[me] && root[me] != target;
		if
		:: is_asked -> announce(target)
		:: else
		fi
	}
#endif
	if
	:: is_asked ->
#if defined(COUNT_BEFORE_MOVE)
		record();
		count_in();
		go()
#elif defined(RECORD_AFTER_COUNT)
		go();
		count_in();
		record()
#else
		go();
		record();
		count_in()
#endif
	:: else
	fi;
#endif
	/* Forget, so that states that differ in nothing else are one. */
	d_step { to = 0; is_equal = false; is_asked = false; skips_empty = false }
}

inline count_arrival()
{
	present++;
	on_root_1 = on_root_1 + to;
	coming_or_going++;
	somebody_came_or_went = true;
	follows[me] = true;
	moves[me] = 0
}

inline arrive()
{
#if defined(ARRIVE_AT_HOME)
	d_step { to = home; count_arrival() }
#elif defined(ARRIVE_NOT_ATOMIC)
	to = target;
	d_step { count_arrival() }
#else
	d_step { to = target; count_arrival() }
#endif
	d_step { /* the generation in which it was counted */
		absent[me] = false;
		root[me] = to;
		came[me] = follows[me];
		coming_or_going--
	}
	d_step { walks[me] = to; speculate(me) }
#ifndef ARRIVE_WITHOUT_ANSWER
	answer()
#endif
}

inline leave_map()
{
	d_step {
		walks[me] = NOTHING;
		has_old[me] = false;
		has_new[me] = false
	}
}

inline leave()
{
	d_step {
		to = root[me];
		absent[me] = true;
		coming_or_going++;
		somebody_came_or_went = true
	}
	d_step {
		present--;
		on_root_1 = on_root_1 - to;
		coming_or_going--;
		root[me] = 0;
		came[me] = false;
		to = 0
	}
}

active [CPUS] proctype cpu()
{
	byte me = _pid - 2; /* after the leader and the clock */
	bit to;
	bool is_asked, is_equal, skips_empty;
	bool stays; /* for ever: a CPU that waits for it cannot expect that it goes */

end:
	do
	:: d_step { pending[me] -> pending[me] = false; } /* taken before it is answered */
	   answer()
	:: me < COMING_AND_GOING && !stays ->
#if defined(LEAVE_BEFORE_OFF_THE_MAP)
		leave();
		leave_map();
#elif defined(LEAVE_WITHOUT_WORD)
		leave_map();
end_offline:
		false;
#else
		leave_map();
		leave();
#endif
		if
		:: stays = true
		:: skip
		fi;
		arrive()
	od
}
