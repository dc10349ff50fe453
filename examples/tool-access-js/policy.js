// Which role of an agent may call which tool, for reading or for writing.
//
// The rules are those of plugins/tool-access, and the same cases prove it. The policy keeps nothing between two
// decisions: the host makes an instance for each and drops it afterwards.

import request from "lictor:policy/request@0.1.0";
import parameters from "lictor:policy/parameters@0.1.0";

const ACTIONS = ["read", "write"];

/** What every policy exports. A text that is thrown becomes the error of the call. */
export const evaluator = { check, evaluate };

/** Are the parameters right? `{"roles": {"<role>": {"read": ["<tool>", ...], "write": [...]}}}` */
function check() {
  const roles = parameters.keys("/roles");
  if (!roles?.length) throw "`/roles` must be an object with at least one role";
  for (const role of roles) checkRole(pointerTo("roles", role));
}

function checkRole(pointer) {
  const members = parameters.keys(pointer);
  if (!members) throw `\`${pointer}\` must be an object of \`read\` and \`write\``;
  for (const member of members) {
    const list = pointer + pointerTo(member);
    if (!ACTIONS.includes(member)) throw `\`${list}\` is unknown: a role has \`read\` and \`write\``;
    checkList(list);
  }
}

function checkList(pointer) {
  const entries = listAt(pointer);
  if (!entries) throw `\`${pointer}\` must be a list of tools`;
  let wrong = entries.findIndex((entry) => typeof entry !== "string");
  if (wrong < 0) wrong = entries.indexOf("");
  if (wrong >= 0) throw `\`${pointer}/${wrong}\` must be a non-empty text`;
}

/** Decides the request, asking for what nearly all requests share before what tells them apart. */
function evaluate() {
  if (textAt("/resource/type") !== "tool") return abstain();

  const role = textAt("/subject/properties/role");
  if (role === undefined) return deny("no-role", "the subject has no role");

  const action = textAt("/action/name");
  if (!ACTIONS.includes(action)) {
    return deny("unknown-action", `the action \`${excerpt(action)}\` is neither \`read\` nor \`write\``);
  }

  if (!parameters.keys("/roles").includes(role)) {
    return deny("unknown-role", `the role \`${excerpt(role)}\` is not known`);
  }

  const tool = textAt("/resource/id");
  const entries = listAt(pointerTo("roles", role, action)) ?? [];
  return entries.some((entry) => matches(entry, tool))
    ? allow("tool-granted", `the role \`${excerpt(role)}\` may ${action} \`${excerpt(tool)}\``)
    : deny("tool-not-granted", `the role \`${excerpt(role)}\` may not ${action} \`${excerpt(tool)}\``);
}

/** An entry that ends in `*` stands for every tool that begins like it, any other for itself. */
function matches(entry, tool) {
  return entry.endsWith("*") ? tool.startsWith(entry.slice(0, -1)) : tool === entry;
}

// Questions. An absent answer is `null` in one JavaScript engine and `undefined` in another, so only `?.`, `??` and `!` look at it.

function textAt(pointer) {
  const value = request.get(pointer);
  return value?.tag === "text" ? value.val : undefined;
}

/** A list of the parameters; they come as JSON text. Nothing for an object, which comes so too. */
function listAt(pointer) {
  const value = parameters.get(pointer);
  const parsed = value?.tag === "json" ? JSON.parse(value.val) : undefined;
  return Array.isArray(parsed) ? parsed : undefined;
}

/** A JSON pointer (RFC 6901). Role names are anybody's text, so `~` and `/` in them are escaped. */
function pointerTo(...tokens) {
  return tokens.map((token) => "/" + token.replaceAll("~", "~0").replaceAll("/", "~1")).join("");
}

// Messages repeat texts of the request, which may be as long as the host accepts, so they are cut to 120 bytes.

const EXCERPT_BYTES_MAX = 120;

function excerpt(text) {
  let bytes = 0;
  let end = 0;
  for (const letter of text) {
    bytes += utf8Length(letter.codePointAt(0));
    if (bytes > EXCERPT_BYTES_MAX) return text.slice(0, end) + "…";
    end += letter.length;
  }
  return text;
}

function utf8Length(codePoint) {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

// Decisions.

function abstain() {
  return decision("abstain", []);
}

function allow(code, message) {
  return decision("allow", [{ code, message, annotations: [] }]);
}

function deny(code, message) {
  return decision("deny", [{ code, message, annotations: [] }]);
}

function decision(effect, reasons) {
  return { effect, reasons, obligations: [], annotations: [] };
}
