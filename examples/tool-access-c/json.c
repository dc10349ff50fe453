// Lists of the parameters: see json.h. The host wrote the JSON, so it is taken to be well formed.

#include "json.h"

#include <stdlib.h>

// One more than the commas: at least as many items as there are.
static size_t items_at_most(text json) {
    size_t count = 1;
    for (size_t i = 0; i < json.len; i++) count += json.ptr[i] == ',';
    return count;
}

static uint8_t digit(uint8_t letter) {
    return letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10;
}

// Reads the escape after a backslash. Four digits stand for a control character only, which is one byte.
static const uint8_t *read_escape(const uint8_t *at, uint8_t *letter) {
    switch (*at) {
        case 'b': *letter = '\b'; break;
        case 'f': *letter = '\f'; break;
        case 'n': *letter = '\n'; break;
        case 'r': *letter = '\r'; break;
        case 't': *letter = '\t'; break;
        case 'u': *letter = (uint8_t)(digit(at[3]) << 4 | digit(at[4])); return at + 5;
        default: *letter = *at;
    }
    return at + 1;
}

// Past the text whose opening quote stands at `at`. An escape is longer than what it stands for.
static const uint8_t *skip_text(const uint8_t *at, text *found) {
    const uint8_t *end = at + 1;
    while (*end != '"') end += *end == '\\' ? 2 : 1;

    *found = allocate((size_t)(end - at - 1));
    found->len = 0;
    for (at++; at < end;) {
        uint8_t letter = *at++;
        if (letter == '\\') at = read_escape(at, &letter);
        found->ptr[found->len++] = letter;
    }
    return end + 1;
}

// Past any other value: to the comma or bracket that ends it and is in none of its own brackets or texts.
static const uint8_t *skip_other(const uint8_t *at) {
    size_t depth = 0;
    for (;;) {
        if (depth == 0 && (*at == ',' || *at == ']')) return at;
        if (*at == '"') {
            text ignored;
            at = skip_text(at, &ignored);
            continue;
        }
        if (*at == '[' || *at == '{') depth++;
        if (*at == ']' || *at == '}') depth--;
        at++;
    }
}

bool json_read_list(text json, json_list *list) {
    const uint8_t *at = json.ptr;
    if (*at++ != '[') return false;

    *list = (json_list){.texts = calloc(items_at_most(json), sizeof(text)), .first_other = SIZE_MAX};
    if (list->texts == NULL) abort();
    for (; *at != ']'; list->count++) {
        if (*at == ',') at++;
        if (*at == '"') {
            at = skip_text(at, &list->texts[list->count]);
            continue;
        }
        at = skip_other(at);
        if (list->first_other == SIZE_MAX) list->first_other = list->count;
    }
    if (list->first_other > list->count) list->first_other = list->count;
    return true;
}
