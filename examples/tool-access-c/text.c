// Texts: see text.h.

#include "text.h"

#include <stdlib.h>
#include <string.h>

text allocate(size_t length) {
    text made = {malloc(length), length};
    if (made.ptr == NULL) abort();
    return made;
}

text join(const text *parts, size_t count) {
    size_t length = 0;
    for (size_t i = 0; i < count; i++) length += parts[i].len;

    text joined = allocate(length);
    uint8_t *to = joined.ptr;
    for (size_t i = 0; i < count; i++) {
        memcpy(to, parts[i].ptr, parts[i].len);
        to += parts[i].len;
    }
    return joined;
}

bool equal(text a, text b) {
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool begins_with(text whole, text beginning) {
    return whole.len >= beginning.len && memcmp(whole.ptr, beginning.ptr, beginning.len) == 0;
}

text digits(size_t number) {
    size_t length = 1;
    for (size_t rest = number; rest >= 10; rest /= 10) length++;

    text made = allocate(length);
    for (size_t i = length; i > 0; i--) {
        made.ptr[i - 1] = (uint8_t)('0' + number % 10);
        number /= 10;
    }
    return made;
}

text token(text name) {
    text made = allocate(1 + 2 * name.len);
    uint8_t *to = made.ptr;
    *to++ = '/';
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = name.ptr[i];
        bool escaped = byte == '~' || byte == '/';
        *to++ = escaped ? '~' : byte;
        if (escaped) *to++ = byte == '~' ? '0' : '1';
    }
    made.len = (size_t)(to - made.ptr);
    return made;
}

text excerpt(text whole) {
    enum { EXCERPT_BYTES_MAX = 120 };
    if (whole.len <= EXCERPT_BYTES_MAX) return whole;

    size_t end = EXCERPT_BYTES_MAX;
    while ((whole.ptr[end] & 0xC0) == 0x80) end--;  // Inside of a letter.
    return JOIN(((text){whole.ptr, end}), TEXT("…"));
}
