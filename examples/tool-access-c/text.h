// Texts: UTF-8 with a length and no zero at the end, as the contract hands them over.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

typedef policy_string_t text;

// A text from a literal. It is not copied; the bindings free it, which does nothing (see memory.c).
#define TEXT(literal) ((text){(uint8_t *)(literal), sizeof(literal) - 1})

// One text from several: JOIN(TEXT("/roles/"), role).
#define JOIN(...) join((const text[]){__VA_ARGS__}, sizeof((const text[]){__VA_ARGS__}) / sizeof(text))

// A new text to write into. Without memory there is no decision: the policy traps.
text allocate(size_t length);

text join(const text *parts, size_t count);

bool equal(text a, text b);
bool begins_with(text whole, text beginning);

// The decimal digits of a number.
text digits(size_t number);

// One token of a JSON pointer (RFC 6901): a slash, then the text with `~` as `~0` and `/` as `~1`.
text token(text name);

// The text, cut between letters to at most 120 bytes and a `…`. Messages repeat texts of the request, which may be as long
// as the host accepts.
text excerpt(text whole);
