// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The frame of a picture. */
#include "draw/draw_svg.h"

#include <stdarg.h>

static const char common_style[] =
	".card { fill: #fbfbf8; stroke: #dcdcd6 }\n"
	"text { font: 14px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif;"
	" fill: #1f2530 }\n"
	".big { font-size: 21px; font-weight: 600 }\n"
	".small { font-size: 13px }\n"
	".faint { fill: #5b6370 }\n"
	".number { font-family: ui-monospace, 'SF Mono', 'DejaVu Sans Mono', monospace;"
	" font-size: 12.5px }\n"
	".middle { text-anchor: middle }\n"
	".end { text-anchor: end }\n"
	".strong { font-weight: 600 }\n";

void svg_begin(FILE *out, int width, int height, const struct svg_names *names,
	       const char *style)
{
	fprintf(out,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
		"viewBox='0 0 %d %d' role='img' aria-labelledby='title description'>\n"
		"<title id='title'>%s</title>\n"
		"<desc id='description'>%s</desc>\n"
		"<style>\n%s%s</style>\n"
		"<rect class='card' x='0.5' y='0.5' width='%d' height='%d' rx='8'/>\n",
		width, height, width, height, names->title, names->description,
		common_style, style, width - 1, height - 1);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

void svg_text(FILE *out, double x, double y, const char *class, const char *format, ...)
{
	va_list args;

	fprintf(out, "<text x='%g' y='%g' class='%s'>", x, y, class);
	va_start(args, format);
	/* clang 14 loses sight of va_start().
	 * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vfprintf(out, format, args);
	va_end(args);
	fputs("</text>\n", out);
}
