// Which role of an agent may call which tool, for reading or for writing.
//
// The rules are those of plugins/tool-access, and the same cases prove it. policy.h is made from the contract (wit/)
// when the policy is built. Nothing is freed here: an instance lives for one decision (see memory.c).

#include <stdlib.h>

#include "policy.h"
#include "text.h"

typedef lictor_policy_types_value_t value;
typedef lictor_policy_types_reason_t reason;
typedef exports_lictor_policy_evaluator_decision_t decision;

// Questions.

// The text at a pointer into the request; false where nothing or something else stands.
static bool request_text(text pointer, text *found) {
    value answer;
    if (!lictor_policy_request_get(&pointer, &answer)) return false;
    if (answer.tag != LICTOR_POLICY_TYPES_VALUE_TEXT) return false;
    *found = answer.val.text;
    return true;
}

// The same in the parameters.
static bool parameter_text(text pointer, text *found) {
    value answer;
    if (!lictor_policy_parameters_get(&pointer, &answer)) return false;
    if (answer.tag != LICTOR_POLICY_TYPES_VALUE_TEXT) return false;
    *found = answer.val.text;
    return true;
}

// The names of the members at a pointer into the parameters; false where no object stands.
static bool parameter_keys(text pointer, policy_list_string_t *keys) {
    return lictor_policy_parameters_keys(&pointer, keys);
}

// How many items the list at a pointer into the parameters has; false where no list stands.
static bool parameter_list(text pointer, uint32_t *count) {
    policy_list_string_t keys;
    if (!lictor_policy_parameters_count(&pointer, count)) return false;
    return !parameter_keys(pointer, &keys);
}

static text role_pointer(text role) {
    return JOIN(TEXT("/roles"), token(role));
}

static text item_pointer(text list, uint32_t index) {
    return JOIN(list, TEXT("/"), digits(index));
}

static bool is_action(text name) {
    return equal(name, TEXT("read")) || equal(name, TEXT("write"));
}

// Are the parameters right? Each of these returns false and sets `error` when they are not.

static bool refuse(text *error, text pointer, text reason) {
    *error = JOIN(TEXT("`"), pointer, TEXT("` "), reason);
    return false;
}

static bool check_list(text list, text *error) {
    uint32_t count;
    if (!parameter_list(list, &count)) return refuse(error, list, TEXT("must be a list"));
    for (uint32_t i = 0; i < count; i++) {
        text item = item_pointer(list, i), entry;
        if (!parameter_text(item, &entry) || entry.len == 0) return refuse(error, item, TEXT("must be a non-empty text"));
    }
    return true;
}

static bool check_role(text role, text *error) {
    policy_list_string_t members;
    if (!parameter_keys(role, &members)) return refuse(error, role, TEXT("must be an object"));
    for (size_t i = 0; i < members.len; i++) {
        text list = JOIN(role, token(members.ptr[i]));
        if (!is_action(members.ptr[i])) return refuse(error, list, TEXT("is neither `read` nor `write`"));
        if (!check_list(list, error)) return false;
    }
    return true;
}

bool exports_lictor_policy_evaluator_check(text *error) {
    policy_list_string_t roles;
    if (!parameter_keys(TEXT("/roles"), &roles) || roles.len == 0) {
        return refuse(error, TEXT("/roles"), TEXT("must be an object with at least one role"));
    }
    for (size_t i = 0; i < roles.len; i++) {
        if (!check_role(role_pointer(roles.ptr[i]), error)) return false;
    }
    return true;
}

// Decisions. Each of these returns true: there is one.

static bool abstain(decision *decided) {
    *decided = (decision){.effect = LICTOR_POLICY_TYPES_EFFECT_ABSTAIN};
    return true;
}

static bool decide(decision *decided, uint8_t effect, text code, text message) {
    reason *only = calloc(1, sizeof *only);
    if (only == NULL) abort();
    only->code = code;
    only->message = message;
    *decided = (decision){.effect = effect, .reasons = {only, 1}};
    return true;
}

static bool allow(decision *decided, text code, text message) {
    return decide(decided, LICTOR_POLICY_TYPES_EFFECT_ALLOW, code, message);
}

static bool deny(decision *decided, text code, text message) {
    return decide(decided, LICTOR_POLICY_TYPES_EFFECT_DENY, code, message);
}

// An entry that ends in `*` stands for every tool that begins like it, any other for itself.
static bool matches(text entry, text tool) {
    bool is_prefix = entry.len > 0 && entry.ptr[entry.len - 1] == '*';
    return is_prefix ? begins_with(tool, (text){entry.ptr, entry.len - 1}) : equal(tool, entry);
}

static bool is_granted(text list, text tool) {
    uint32_t count = 0;
    if (!parameter_list(list, &count)) return false;
    for (uint32_t i = 0; i < count; i++) {
        text entry;
        if (parameter_text(item_pointer(list, i), &entry) && matches(entry, tool)) return true;
    }
    return false;
}

// Decides the request. Every question is asked as late as possible: what isn't asked can't keep a decision from being
// remembered. There is always a decision, so `error` is never set.
bool exports_lictor_policy_evaluator_evaluate(decision *decided, text *error) {
    (void)error;
    text type, role, action = TEXT(""), tool = TEXT("");
    policy_list_string_t members;

    if (!request_text(TEXT("/resource/type"), &type) || !equal(type, TEXT("tool"))) return abstain(decided);

    if (!request_text(TEXT("/subject/properties/role"), &role)) {
        return deny(decided, TEXT("no-role"), TEXT("the subject has no role"));
    }

    request_text(TEXT("/action/name"), &action);
    if (!is_action(action)) {
        return deny(decided, TEXT("unknown-action"),
                    JOIN(TEXT("the action `"), action, TEXT("` is neither `read` nor `write`")));
    }

    text pointer = role_pointer(role);
    if (!parameter_keys(pointer, &members)) {
        return deny(decided, TEXT("unknown-role"), JOIN(TEXT("the role `"), role, TEXT("` is not known")));
    }

    request_text(TEXT("/resource/id"), &tool);
    if (is_granted(JOIN(pointer, token(action)), tool)) {
        return allow(decided, TEXT("tool-granted"),
                     JOIN(TEXT("the role `"), role, TEXT("` may "), action, TEXT(" `"), tool, TEXT("`")));
    }
    return deny(decided, TEXT("tool-not-granted"),
                JOIN(TEXT("the role `"), role, TEXT("` may not "), action, TEXT(" `"), tool, TEXT("`")));
}
