// Which role of an agent may call which tool, for reading or for writing.
//
// The rules are those of plugins/tool-access, and the same cases prove it. policy.h is made from the contract (wit/)
// when the policy is built. Nothing is freed here: an instance lives for one decision (see memory.c).

#include <stdlib.h>

#include "json.h"
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

// The names of the members at a pointer into the parameters; false where no object stands.
static bool parameter_keys(text pointer, policy_list_string_t *keys) {
    return lictor_policy_parameters_keys(&pointer, keys);
}

// The list at a pointer into the parameters; false where nothing or something else stands.
static bool parameter_list(text pointer, json_list *list) {
    value answer;
    if (!lictor_policy_parameters_get(&pointer, &answer)) return false;
    return answer.tag == LICTOR_POLICY_TYPES_VALUE_JSON && json_read_list(answer.val.json, list);
}

static bool contains(policy_list_string_t names, text name) {
    for (size_t i = 0; i < names.len; i++) {
        if (equal(names.ptr[i], name)) return true;
    }
    return false;
}

static text role_pointer(text role) {
    return JOIN(TEXT("/roles"), token(role));
}

static bool is_action(text name) {
    return equal(name, TEXT("read")) || equal(name, TEXT("write"));
}

// Are the parameters right? Each of these returns false and sets `error` when they are not.

static bool refuse(text *error, text pointer, text reason) {
    *error = JOIN(TEXT("`"), pointer, TEXT("` "), reason);
    return false;
}

static bool refuse_item(text *error, text list, size_t index) {
    return refuse(error, JOIN(list, TEXT("/"), digits(index)), TEXT("must be a non-empty text"));
}

static bool check_list(text pointer, text *error) {
    json_list list;
    if (!parameter_list(pointer, &list)) return refuse(error, pointer, TEXT("must be a list of tools"));
    if (list.first_other < list.count) return refuse_item(error, pointer, list.first_other);
    for (size_t i = 0; i < list.count; i++) {
        if (list.texts[i].len == 0) return refuse_item(error, pointer, i);
    }
    return true;
}

static bool check_role(text role, text *error) {
    policy_list_string_t members;
    if (!parameter_keys(role, &members)) return refuse(error, role, TEXT("must be an object of `read` and `write`"));
    for (size_t i = 0; i < members.len; i++) {
        text list = JOIN(role, token(members.ptr[i]));
        if (!is_action(members.ptr[i])) return refuse(error, list, TEXT("is unknown: a role has `read` and `write`"));
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

static bool is_granted(text pointer, text tool) {
    json_list list;
    if (!parameter_list(pointer, &list)) return false;
    for (size_t i = 0; i < list.count; i++) {
        if (matches(list.texts[i], tool)) return true;
    }
    return false;
}

// Decides the request, asking for what nearly all requests share before what tells them apart. There is always a
// decision, so `error` is never set.
bool exports_lictor_policy_evaluator_evaluate(decision *decided, text *error) {
    (void)error;
    // The host sees to it that a request has an action, and a resource with a type and an id.
    text type = TEXT(""), role, action = TEXT(""), tool = TEXT("");
    policy_list_string_t roles;

    request_text(TEXT("/resource/type"), &type);
    if (!equal(type, TEXT("tool"))) return abstain(decided);

    if (!request_text(TEXT("/subject/properties/role"), &role)) {
        return deny(decided, TEXT("no-role"), TEXT("the subject has no role"));
    }

    request_text(TEXT("/action/name"), &action);
    if (!is_action(action)) {
        return deny(decided, TEXT("unknown-action"),
                    JOIN(TEXT("the action `"), excerpt(action), TEXT("` is neither `read` nor `write`")));
    }

    if (!parameter_keys(TEXT("/roles"), &roles) || !contains(roles, role)) {
        return deny(decided, TEXT("unknown-role"), JOIN(TEXT("the role `"), excerpt(role), TEXT("` is not known")));
    }

    request_text(TEXT("/resource/id"), &tool);
    bool granted = is_granted(JOIN(role_pointer(role), token(action)), tool);
    text may = granted ? TEXT("` may ") : TEXT("` may not ");
    text message = JOIN(TEXT("the role `"), excerpt(role), may, action, TEXT(" `"), excerpt(tool), TEXT("`"));
    return granted ? allow(decided, TEXT("tool-granted"), message) : deny(decided, TEXT("tool-not-granted"), message);
}
