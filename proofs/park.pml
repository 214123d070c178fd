// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The protocol of src/park.c, step by step, for spin: one leader, OTHERS CPUs that it
 * parks, the last of which goes offline and comes up at any time. Knows nothing of caches:
 * what the CPUs see is in one order.
 *
 * A step of a process below is one access to the word, or one action that others
 * can notice. Steps of different CPUs come in any order and at any distance, so
 * an interrupt may be late by any number of gathers; and it may get lost.
 *
 * The word is `open` and `count`. Generations have no numbers here: all that a CPU ever
 * asks is whether the word still shows the generation that it saw. The model keeps that
 * answer for each CPU, and every step that moves the generation makes it false. So the
 * leader can go on for ever in finitely many states, and the proof holds for any number
 * of gathers. It leaves out a CPU that sleeps through all 2^32 generations.
 *
 * What is proved, and where to find it below:
 *
 *	walk	nobody walks a tree in change: while the leader changes the tree, no
 *		other CPU is on the map
 *	late	a late CPU cannot enter: no CPU counts itself into a generation that
 *		is over, there are never more counted than CPUs that are present, and
 *		after a time-out nobody is counted
 *	named	a time-out can name a CPU that did not arrive, unless one went offline
 *		meanwhile
 *	same	a gather that timed out changes nothing
 *	ends	no deadlock: where nobody can go on, everybody has come to his end.
 *		This is spin's check for invalid end states
 *	back	everybody is let go: a CPU that was held is on the map again some day
 *	over	a gather that began ends some day, one way or the other
 *
 * `back` and `over` are about infinite runs, and assume that no process that can
 * go on rests for ever (weak fairness). The others assume nothing.
 *
 * -DNAME builds in a mistake, to see that it is found; spin.sh has the list.
 */
#ifndef OTHERS
#define OTHERS 3
#endif

#define for_all(cpu) for (cpu : 0 .. OTHERS - 1)
#define GOER	     (OTHERS - 1) /* the CPU that goes and comes */

/* The word. */
bool open;
byte count;

byte present = OTHERS; /* CPUs that the leader waits for */

/* What each CPU remembers, and the leader finds in last_held. */
bool same_generation[OTHERS]; /* the word shows the generation that it saw */
bool came[OTHERS]; /* was held in the generation that is, or was last, open */
bool absent; /* the goer counts no more */

/* The machine. */
bool pending[OTHERS]; /* the leader's interrupt */
bool on_map[OTHERS] = true; /* and then it may walk at any time, also by speculation */
bool time_is_over; /* what port->expired() says */
bool started; /* the goer, by the power controller */

/* For the properties only. */
bool gathering, changing, timed_out, went;
bool held[OTHERS]; /* counted in, and not yet on its way back */
bool tree; /* flips with each change */

/* ---------------------------------------------------------------- properties */

#if OTHERS == 3
#define NOBODY_ON_MAP (!on_map[0] && !on_map[1] && !on_map[2])
#define NOBODY_HELD   (!held[0] && !held[1] && !held[2])
#define ALL_CAME      (came[0] && came[1] && (came[2] || absent))
#else
#define NOBODY_ON_MAP (!on_map[0] && !on_map[1])
#define NOBODY_HELD   (!held[0] && !held[1])
#define ALL_CAME      (came[0] && (came[1] || absent))
#endif

/* Checked at each step that could break it. If it is broken, spin prints its name. */
bool walk, late, named, same;
#define expect(property, condition) property = (condition); assert(property)

#define EXPECT_WALK expect(walk, !changing || NOBODY_ON_MAP)

/* One CPU represents all: their code is the same. */
ltl back { [] (held[0] -> <> on_map[0]) }
ltl over { [] (gathering -> <> !gathering) }

/* --------------------------------------------------------------------- leader */

/* Only the leader moves the generation, and always in one step. */
inline generation_passes()
{
	open = !open;
	for_all(i) {
		same_generation[i] = false;
	}
	i = 0
}

inline call_all()
{
	for_all(i) {
		if
		:: pending[i] = true
		:: skip /* lost */
		fi
	}
}

inline wait_for_all()
{
	do
	:: seen = count;
	   if
	   :: seen >= present -> /* a step of its own */
		break
	   :: else ->
		if
		:: time_is_over ->
#if defined(CLOSE_NOT_ATOMIC)
			/* Closes without checking that the count is still the same. */
			d_step { generation_passes(); }
			timed_out = true;
			break
#elif defined(TIME_OUT_LEAVES_OPEN)
			timed_out = true;
			break
#else
			atomic {
				if
				:: count == seen -> /* compare and exchange */
					d_step { generation_passes(); }
					timed_out = true;
					break
				:: else
				fi
			}
#endif
		:: !time_is_over
#ifdef LEADER_NOT_MASKED
		/* Answers a late call of another leader, and waits for itself. */
		:: d_step { open -> count++; }
		   !open
#endif
		fi
	   fi
	od
}

inline change_tree()
{
	d_step {
		changing = true;
		EXPECT_WALK;
	}
	tree = !tree;
#ifdef LET_GO_EARLY
	d_step { generation_passes(); }
	changing = false
#else
	changing = false;
	d_step { generation_passes(); } /* lm_park_let_go() */
#endif
}

/* lm_park_arrive(), by a CPU that is on the map; then the goer is started. */
inline start_goer()
{
	d_step {
		absent && !started -> started = true;
#ifndef ARRIVE_BY_ITSELF
		absent = false;
#ifndef LEAVE_WITHOUT_COUNT
		present++
#endif
#endif
	}
}

active proctype leader()
{
	byte i, seen;
	bool tree_before;

	do
	:: d_step {
		gathering = true;
		timed_out = false;
		went = false;
		tree_before = tree;
	   }

	   /* lm_park_gather() */
#ifndef OPEN_BEFORE_ALL_LEFT
	   count == 0;
#endif
	   d_step {
		generation_passes();
		for_all(i) {
			came[i] = false;
		}
		i = 0;
		time_is_over = false;
	   }
	   call_all();
	   wait_for_all();
	   if
	   :: timed_out ->
#ifdef TIME_OUT_WAITS_FOR_NOBODY
		skip;
#else
		count == 0;
#endif
#ifdef CHANGE_AFTER_TIME_OUT
		tree = !tree;
#endif
		d_step {
			expect(late, !open && count == 0 && NOBODY_HELD);
			expect(named, !ALL_CAME || went);
			expect(same, tree == tree_before);
			gathering = false;
		}
	   :: else ->
		gathering = false;
		change_tree()
	   fi
	:: start_goer()
	:: break /* the kernel never gathers again */
	od
}

/* The leader waits, and time goes by. */
active proctype clock()
{
end:
	do
#ifndef PATIENT_FOR_EVER
	:: gathering && !time_is_over -> time_is_over = true
#else
	:: false
#endif
	od
}

/* ----------------------------------------------------------------------- held */

inline leave_map()
{
	on_map[me] = false
}

inline enter_map()
{
	d_step {
		held[me] = false;
		on_map[me] = true;
		EXPECT_WALK;
	}
}

inline count_one()
{
	is_held = true;
	count++;
	held[me] = true;
	expect(late, open && same_generation[me] && count <= present)
}

/*
 * A compare-and-exchange loop: tries again while others count, and gives up when the
 * generation has changed. Only its last round has an effect.
 */
inline count_in()
{
#if defined(COUNT_WITHOUT_LOOKING)
	d_step { count_one(); }
#elif defined(COUNT_NOT_ATOMIC)
	if
	:: same_generation[me] ->
		d_step { count_one(); }
	:: else
	fi
#else
	d_step {
		if
		:: same_generation[me] -> count_one()
		:: else
		fi
	}
#endif
}

inline stay()
{
	!same_generation[me]
}

inline count_out()
{
#ifdef RECORD_AFTER_COUNT_OUT
	count--;
	came[me] = true
#else
	came[me] = true;
	count--
#endif
}

/* lm_park_answer(), exceptions masked. */
inline answer()
{
	d_step { /* read the word */
		is_open = open;
		same_generation[me] = true;
	}
	if
	:: is_open ->
		is_held = false;
#ifdef COUNT_IN_FIRST
		count_in();
		leave_map();
#else
		leave_map();
		count_in();
#endif
		if
		:: is_held -> stay()
		:: else
		fi;
		enter_map();
		if
		:: is_held -> count_out()
		:: else
		fi
	:: else
	fi;
	/* Forget, so that states that differ in nothing else are one. */
	d_step { is_open = false; is_held = false; same_generation[me] = false; }
}

inline count_as_gone()
{
	d_step {
		absent = true;
		went = true;
#ifndef LEAVE_WITHOUT_COUNT
		present--
#endif
	}
}

inline go_offline()
{
#ifdef LEAVE_BEFORE_OFF_THE_MAP
	count_as_gone();
	on_map[me] = false;
#else
	on_map[me] = false;
	count_as_gone();
#endif
	pending[me] = false
}

/* On the map at once; then it answers, since it may have missed the leader's call. */
inline come_up()
{
	d_step {
		on_map[me] = true;
		EXPECT_WALK;
	}
#ifdef ARRIVE_BY_ITSELF
	d_step { absent = false; present++; }
#endif
	started = false;
	answer()
}

active [OTHERS] proctype cpu()
{
	byte me = _pid - 2; /* after the leader and the clock */
	bool is_open, is_held;

end:
	do
	:: d_step { pending[me] -> pending[me] = false; } /* taken before it is answered */
	   answer()
#ifndef PATIENT_FOR_EVER
	:: me == GOER ->
	   go_offline();
end_offline:
	   started;
	   come_up()
#endif
	:: me == 0 -> start_goer()
	od
}
