// Lists of the parameters, which come as canonical JSON: no white space, and only the escapes that JSON demands.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

typedef struct {
    // The items, unescaped; an empty text stands for an item that is none.
    text *texts;
    size_t count;
    // Where the first item that is no text stands; `count` when all are texts.
    size_t first_other;
} json_list;

// Reads a list; false where the JSON is an object.
bool json_read_list(text json, json_list *list);
