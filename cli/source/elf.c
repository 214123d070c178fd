// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ELF cores: of the headers only, so that a file of any size costs a list of its segments.
 * /proc/kcore looks petabytes large, and a read of it copies kernel memory.
 */
#include "source/readers.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/extents.h"

/* More than these are no dump: QEMU and makedumpfile write a few dozen. */
#define SEGMENTS_MOST 65536
#define NOTES_MOST    ((uint64_t)16 << 20)

/* Reading one file. @end: where its last segment ends. */
struct elf {
	struct extents *extents;
	struct memory *memory;
	const char *path;
	Elf64_Ehdr header;
	uint64_t segments;
	uint64_t end;
	bool has_sve;
	bool notes_differ;
	bool has_kernel_at_0;
};

static int refuse(const struct elf *elf, const char *why, struct error *error)
{
	return error_set(error, "%s: %s", elf->path, why);
}

static int read_header(struct elf *elf, struct error *error)
{
	Elf64_Ehdr *header = &elf->header;
	Elf64_Shdr first;

	if (memory_file_read(&elf->extents->file, 0, header, sizeof(*header)))
		return refuse(elf, "an ELF header that is cut off (is it whole?)", error);
	if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != EM_AARCH64)
		return refuse(elf, "not of a 64-bit little-endian Arm machine", error);
	if (header->e_type != ET_CORE)
		return refuse(elf, "an ELF file, but no memory dump", error);
	if (header->e_phentsize != sizeof(Elf64_Phdr))
		return refuse(elf, "its segment headers have a wrong size", error);
	elf->segments = header->e_phnum;
	if (elf->segments == PN_XNUM) {
		if (memory_file_read(&elf->extents->file, header->e_shoff, &first,
				     sizeof(first)))
			return refuse(elf, "its number of segments is cut off", error);
		elf->segments = first.sh_info;
	}
	if (!elf->segments || elf->segments > SEGMENTS_MOST)
		return error_set(error, "%s: %" PRIu64 " segments (is it a memory dump?)",
				 elf->path, elf->segments);
	return 0;
}

/* Notes are padded to 4 bytes. */
static uint64_t padded(uint64_t size)
{
	return (size + 3) & ~UINT64_C(3);
}

/* Without it this is a note like any other in elf.h of old systems. */
#ifndef NT_ARM_SVE
#define NT_ARM_SVE 0x405
#endif

static int take_note(struct elf *elf, const Elf64_Nhdr *note, const char *name,
		     const char *text)
{
	static const char linux_name[] = "VMCOREINFO";

	elf->has_sve |= note->n_type == NT_ARM_SVE;
	if (note->n_namesz < sizeof(linux_name) - 1 ||
	    memcmp(name, linux_name, sizeof(linux_name) - 1) != 0)
		return 0;
	return memory_set_vmcoreinfo(elf->memory, text, strnlen(text, note->n_descsz));
}

/* The notes in @bytes; those after one that does not fit are not read. */
static int take_notes(struct elf *elf, const char *bytes, uint64_t size)
{
	uint64_t at = 0;
	int err = 0;

	while (!err && at + sizeof(Elf64_Nhdr) <= size) {
		Elf64_Nhdr note;
		uint64_t name;
		uint64_t text;

		memcpy(&note, bytes + at, sizeof(note));
		name = at + sizeof(note);
		text = name + padded(note.n_namesz);
		if (!note.n_namesz || text + note.n_descsz > size) {
			elf->notes_differ = true;
			break;
		}
		err = take_note(elf, &note, bytes + name, bytes + text);
		at = text + padded(note.n_descsz);
	}
	return err;
}

static int read_notes(struct elf *elf, const Elf64_Phdr *segment, struct error *error)
{
	char *bytes;
	int err;

	if (segment->p_filesz > NOTES_MOST)
		return refuse(elf, "more than 16 MiB of notes (is it a memory dump?)",
			      error);
	bytes = malloc(segment->p_filesz + 1);
	if (!bytes)
		return refuse(elf, "out of memory", error);
	err = memory_file_read(&elf->extents->file, segment->p_offset, bytes,
			       segment->p_filesz);
	if (err)
		refuse(elf, "its notes are cut off (is it whole?)", error);
	else if (take_notes(elf, bytes, segment->p_filesz))
		err = refuse(elf, "out of memory", error);
	free(bytes);
	return err;
}

static int take_memory(struct elf *elf, const Elf64_Phdr *segment, struct error *error)
{
	struct extent extent = { segment->p_paddr, segment->p_filesz, segment->p_offset };

	/* /proc/kcore gives what has no one physical address, as vmalloc, this one. */
	if (!segment->p_filesz || segment->p_paddr == UINT64_MAX)
		return 0;
	if (segment->p_paddr + segment->p_filesz < segment->p_paddr ||
	    segment->p_offset + segment->p_filesz < segment->p_offset)
		return error_set(error,
				 "%s: a segment of 0x%" PRIx64 " bytes at 0x%" PRIx64
				 ", beyond the end of addresses (is it a memory dump?)",
				 elf->path, (uint64_t)segment->p_filesz,
				 (uint64_t)segment->p_paddr);
	/* Linux before 4.17 wrote 0 for all of them. */
	elf->has_kernel_at_0 |= !segment->p_paddr && segment->p_vaddr >> 63;
	if (segment->p_offset + segment->p_filesz > elf->end)
		elf->end = segment->p_offset + segment->p_filesz;
	if (extents_add(elf->extents, extent))
		return refuse(elf, "out of memory", error);
	return 0;
}

static int read_segment(struct elf *elf, uint64_t index, struct error *error)
{
	Elf64_Phdr segment;

	if (memory_file_read(&elf->extents->file,
			     elf->header.e_phoff + index * sizeof(segment), &segment,
			     sizeof(segment)))
		return refuse(elf, "its segment headers are cut off (is it whole?)",
			      error);
	if (segment.p_type == PT_NOTE)
		return read_notes(elf, &segment, error);
	if (segment.p_type == PT_LOAD)
		return take_memory(elf, &segment, error);
	return 0;
}

/*
 * QEMU 8 to 10 reserves room for the notes of SVE registers by one size and writes them by
 * another: all memory is then at other places than the headers say.
 */
static void look_for_trap(const struct elf *elf)
{
	const struct memory_file *file = &elf->extents->file;
	char *trap = elf->memory->trap;
	size_t size = sizeof(elf->memory->trap);

	if (elf->has_sve && (elf->notes_differ || (file->size && file->size != elf->end)))
		snprintf(trap, size,
			 "its notes of SVE registers are not as long as its headers say, "
			 "a fault of QEMU that shifts all memory (dump with "
			 "-cpu max,sve=off,sme=off)");
	else if (elf->has_sve)
		snprintf(
			trap, size,
			"it has notes of SVE registers, whose size some QEMU gets wrong, "
			"which shifts all memory (dump with -cpu max,sve=off,sme=off)");
	else if (file->size && file->size < elf->end)
		snprintf(trap, size,
			 "it is %" PRIu64 " bytes shorter than its headers say",
			 elf->end - file->size);
}

static int read_all(struct elf *elf, struct error *error)
{
	if (read_header(elf, error))
		return -1;
	for (uint64_t i = 0; i < elf->segments; i++)
		if (read_segment(elf, i, error))
			return -1;
	if (!elf->extents->count)
		return refuse(elf, "has no memory (only a header?)", error);
	if (elf->has_kernel_at_0 && elf->extents->count > 1)
		return refuse(elf,
			      "has no physical addresses (Linux before 4.17? take a "
			      "vmcore)",
			      error);
	look_for_trap(elf);
	extents_settle(elf->extents);
	return 0;
}

int elf_open(struct memory *memory, const char *path, struct error *error)
{
	struct elf elf = { .memory = memory, .path = path };

	elf.extents = extents_open(path, error);
	if (!elf.extents)
		return -1;
	if (read_all(&elf, error)) {
		extents_close(elf.extents);
		return -1;
	}
	return extents_serve(elf.extents, memory, error);
}
