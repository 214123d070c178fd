// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A root entry that is stored while CPUs walk a clone of the root is stored there, too,
// before the barrier or the invalidation that makes it visible.
@ written @
typedef pgd_t;
identifier slot, entry;
@@
set_swapper_pgd(pgd_t *slot, pgd_t entry)
{
	<...
	WRITE_ONCE(*slot, entry);
+	linmap_root_written(slot, entry);
	...>
}

@ depends on written @
identifier slot, entry, mapped;
@@
set_swapper_pgd(pgd_t *slot, pgd_t entry)
{
	<...
	WRITE_ONCE(*mapped, entry);
+	linmap_root_written(slot, entry);
	pgd_clear_fixmap();
	...>
}
