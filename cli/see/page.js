/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
'use strict';
(() => {
	const data = JSON.parse(document.getElementById('data').textContent);
	const canvas = document.getElementById('map');
	const base = BigInt(data.base);
	const ROWS = 32, GAP = 5, LABEL = 150;
	const COLOURS = ['#f2b134', '#f6d48a', '#6fbfcb', '#3a93c4', '#2b5cae', '#232f78', '#131838'];
	const READ_ONLY = 1, EXECUTABLE = 2, USER_EXECUTABLE = 8, INVALID = 16;
	let lo = data.first, hi = data.end;

	const address = offset => '0x' + BigInt.asUintN(64, base + BigInt(Math.floor(offset))).toString(16);
	const colour = rank => COLOURS[Math.min(rank, COLOURS.length - 1)];

	function size(bytes) {
		const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
		let unit = 0;
		for (; bytes >= 1024 && unit < units.length - 1; unit++)
			bytes /= 1024;
		return Number(bytes.toFixed(1)) + ' ' + units[unit];
	}

	/* The index of the first stretch that ends after an offset. */
	function firstAfter(offset) {
		let low = 0, high = data.stretches.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (data.stretches[middle][0] + data.stretches[middle][1] <= offset)
				low = middle + 1;
			else
				high = middle;
		}
		return low;
	}

	function lineColour(bits) {
		const executes = bits & (EXECUTABLE | USER_EXECUTABLE);
		if (bits & INVALID)
			return '#d8d8d2';
		if (!(bits & READ_ONLY))
			return executes ? '#d00000' : null;
		return executes ? '#c2410c' : '#8a8f98';
	}

	const rowBytes = () => (hi - lo) / ROWS;
	const pitch = () => canvas.height / ROWS;
	const label = () => LABEL * (canvas.width / canvas.clientWidth || 1);
	const perPixel = () => rowBytes() / (canvas.width - label());

	function drawStretch(context, stretch) {
		const start = Math.max(stretch[0], lo), end = Math.min(stretch[0] + stretch[1], hi);
		const firstRow = Math.floor((start - lo) / rowBytes());
		const lastRow = Math.min(ROWS - 1, Math.floor((end - lo) / rowBytes()));
		const line = lineColour(stretch[3]);
		for (let row = firstRow; row <= lastRow; row++) {
			const rowLo = lo + row * rowBytes();
			const x = (Math.max(start, rowLo) - rowLo) / perPixel();
			const right = (Math.min(end, rowLo + rowBytes()) - rowLo) / perPixel();
			const width = Math.max(1, right - x);
			if (right < x)
				continue;
			context.fillStyle = colour(stretch[2]);
			context.fillRect(label() + x, row * pitch(), width, pitch() - GAP);
			if (!line)
				continue;
			context.fillStyle = line;
			context.fillRect(label() + x, row * pitch() + pitch() - GAP - 4, width, 4);
		}
	}

	function draw() {
		const ratio = window.devicePixelRatio || 1;
		const context = canvas.getContext('2d');
		canvas.width = canvas.clientWidth * ratio;
		canvas.height = canvas.clientHeight * ratio;
		context.fillStyle = '#efefea';
		for (let row = 0; row < ROWS; row++)
			context.fillRect(label(), row * pitch(), canvas.width - label(), pitch() - GAP);
		for (let i = firstAfter(lo); i < data.stretches.length && data.stretches[i][0] < hi; i++)
			drawStretch(context, data.stretches[i]);
		context.fillStyle = '#5b6370';
		context.font = 12 * ratio + 'px monospace';
		for (let row = 0; row < ROWS; row++)
			context.fillText(address(lo + row * rowBytes()), 0, row * pitch() + pitch() / 2);
		document.getElementById('view').textContent =
			address(lo) + ' to ' + address(hi - 1) + ', ' + size(hi - lo) + ', a row is ' + size(rowBytes());
	}

	/* Keep the view inside the map, and no smaller than a page a row. */
	function show(from, to) {
		const least = data.granule * ROWS, whole = data.end - data.first;
		let bytes = Math.min(Math.max(to - from, Math.min(least, whole)), whole);
		from = Math.min(Math.max(from, data.first), data.end - bytes);
		lo = Math.floor(from / data.granule) * data.granule;
		hi = Math.min(data.end, lo + Math.ceil(bytes / data.granule) * data.granule);
		draw();
	}

	function zoom(factor, at) {
		const bytes = (hi - lo) * factor;
		const from = at - (at - lo) * factor;
		show(from, from + bytes);
	}

	function describe(offset) {
		const i = firstAfter(offset);
		const stretch = data.stretches[i];
		const part = data.parts.find(p => offset >= p.first && offset < p.end);
		let text = address(offset) + (part ? ', ' + part.name : '') + '\n';
		if (!stretch || offset < stretch[0])
			text += 'not mapped';
		else
			text += data.kinds[stretch[2]] + ', ' + data.bits[stretch[3]] + ', ' +
				address(stretch[0]) + ' to ' + address(stretch[0] + stretch[1] - 1) +
				', ' + size(stretch[1]);
		document.getElementById('where').textContent = text;
	}

	/* The offset at a point of the canvas, or null beside the map. */
	function offsetAt(event) {
		const box = canvas.getBoundingClientRect();
		const x = (event.clientX - box.left) * canvas.width / box.width - label();
		const row = Math.floor((event.clientY - box.top) * canvas.height / box.height / pitch());
		if (x < 0 || row < 0 || row >= ROWS)
			return null;
		return lo + row * rowBytes() + x * perPixel();
	}

	let dragged = null;
	canvas.addEventListener('pointermove', event => {
		const offset = offsetAt(event);
		if (offset === null)
			return;
		if (dragged !== null && event.buttons) {
			const from = lo + dragged - offset;
			show(from, from + hi - lo);
			return;
		}
		describe(offset);
	});
	canvas.addEventListener('pointerdown', event => { dragged = offsetAt(event); });
	canvas.addEventListener('pointerup', () => { dragged = null; });
	canvas.addEventListener('wheel', event => {
		const offset = offsetAt(event);
		if (offset === null)
			return;
		event.preventDefault();
		zoom(event.deltaY < 0 ? 0.5 : 2, offset);
	}, { passive: false });

	const middle = () => lo + (hi - lo) / 2;
	const move = part => show(lo + (hi - lo) * part, hi + (hi - lo) * part);
	canvas.addEventListener('keydown', event => {
		const keys = {
			'+': () => zoom(0.5, middle()), '-': () => zoom(2, middle()),
			'ArrowUp': () => move(-1 / ROWS), 'ArrowDown': () => move(1 / ROWS),
			'ArrowLeft': () => move(-0.25 / ROWS), 'ArrowRight': () => move(0.25 / ROWS),
			'PageUp': () => move(-1), 'PageDown': () => move(1),
		};
		if (!keys[event.key])
			return;
		event.preventDefault();
		keys[event.key]();
		describe(middle());
	});

	document.getElementById('all').onclick = () => show(data.first, data.end);
	document.getElementById('in').onclick = () => zoom(0.5, middle());
	document.getElementById('out').onclick = () => zoom(2, middle());
	for (const part of data.parts) {
		if (part.end <= data.first || part.first >= data.end)
			continue;
		const button = document.createElement('button');
		button.type = 'button';
		button.textContent = part.name;
		button.onclick = () => show(part.first, part.end);
		document.getElementById('parts').append(button);
	}
	for (const rank of new Set(data.stretches.map(stretch => stretch[2]))) {
		const entry = document.createElement('span'), swatch = document.createElement('i');
		swatch.style.background = colour(rank);
		entry.append(swatch, data.kinds[rank]);
		document.getElementById('legend').append(entry);
	}
	for (const [what, bits] of [['read-only', 1], ['executable', 3], ['writable and executable', 2]]) {
		const entry = document.createElement('span'), swatch = document.createElement('i');
		swatch.style.background = lineColour(bits);
		swatch.style.height = '4px';
		entry.append(swatch, what);
		document.getElementById('legend').append(entry);
	}
	window.addEventListener('resize', draw);
	/* Most of a half is empty: begin with its first part, the linear map where that is known. */
	show(Math.max(data.parts[0].first, data.first), Math.min(data.parts[0].end, data.end));
})();
