// The memory of a policy: handed out once and never taken back.
//
// An instance lives for one decision and is dropped with all of its memory, so nothing need be freed, neither here nor
// in the bindings. As long as a decision fits the first memory, nothing is grown either, and that is what makes an
// instance cheap. These four functions replace those of the C library.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Enough for every type of the contract, and for a block's length in front of it.
enum { ALIGNMENT = 8, PAGE = 65536 };

// Where the linker's data and stack end. Only its address means something.
extern unsigned char __heap_base;

static uintptr_t next;

void *malloc(size_t length) {
    size_t end = __builtin_wasm_memory_size(0) * (size_t)PAGE;
    if (next == 0) next = ((uintptr_t)&__heap_base + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    if (length > SIZE_MAX / 2) return NULL;

    size_t needed = ALIGNMENT + ((length + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
    if (needed > end - next) {
        size_t pages = (needed - (end - next) + PAGE - 1) / PAGE;
        if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) return NULL;
    }
    unsigned char *block = (unsigned char *)next + ALIGNMENT;
    memcpy(block - ALIGNMENT, &length, sizeof length);
    next += needed;
    return block;
}

void *calloc(size_t count, size_t length) {
    if (length != 0 && count > SIZE_MAX / length) return NULL;
    void *block = malloc(count * length);
    return block == NULL ? NULL : memset(block, 0, count * length);
}

void *realloc(void *old, size_t length) {
    void *block = malloc(length);
    if (old == NULL || block == NULL) return block;
    size_t kept;
    memcpy(&kept, (unsigned char *)old - ALIGNMENT, sizeof kept);
    return memcpy(block, old, kept < length ? kept : length);
}

void free(void *block) {
    (void)block;
}
