/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tracepoints: an edit of the linear map begins, and ends. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM linmap

#if !defined(LINMAP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define LINMAP_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>

TRACE_EVENT(linmap_edit_begin,

	    TP_PROTO(u64 start, u64 size, u64 parts),

	    TP_ARGS(start, size, parts),

	    TP_STRUCT__entry(__field(u64, start) __field(u64, size) __field(u64, parts)),

	    TP_fast_assign(__entry->start = start; __entry->size = size;
			   __entry->parts = parts;),

	    TP_printk("start=%llx size=%llx parts=%llu", __entry->start, __entry->size,
		      __entry->parts));

TRACE_EVENT(linmap_edit_end,

	    TP_PROTO(const char *goal, const char *way, u64 leaves, u64 bytes, int err),

	    TP_ARGS(goal, way, leaves, bytes, err),

	    TP_STRUCT__entry(__string(goal, goal) __string(way, way) __field(u64, leaves)
				     __field(u64, bytes) __field(int, err)),

	    TP_fast_assign(__assign_str(goal); __assign_str(way);
			   __entry->leaves = leaves; __entry->bytes = bytes;
			   __entry->err = err;),

	    TP_printk("goal=%s way=%s leaves=%llu bytes=%llu err=%d", __get_str(goal),
		      __get_str(way), __entry->leaves, __entry->bytes, __entry->err));

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE linmap_trace
#include <trace/define_trace.h>
