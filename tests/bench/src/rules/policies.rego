package lictor

# The strictest effect wins; what no rule has an opinion on is denied.
default decision := "deny"

decision := "deny" if {
	deny
} else := "review" if {
	review
} else := "allow" if {
	allow
}

# tool-access: an action on a tool is granted to the role, or denied.
is_tool if input.resource.type == "tool"

granted if {
	some entry in data.roles[input.subject.properties.role][input.action.name]
	matches(entry, input.resource.id)
}

matches(entry, tool) if entry == tool

matches(entry, tool) if {
	endswith(entry, "*")
	startswith(tool, trim_suffix(entry, "*"))
}

deny if {
	is_tool
	not granted
}

allow if is_tool

# spend-limit: an amount in the right currency up to the limit of action and tier.
limits := data.limits[input.action.name]

tier := object.get(input.subject.properties, "tier", "standard")

limit := object.get(limits, tier, limits.standard)

within if {
	input.context.currency == data.currency
	input.context.amount >= 0
	input.context.amount <= limit
}

deny if {
	limits
	not within
}

allow if limits

# approval: some actions need a person, who is not the one who acts.
irreversible if data.review[input.action.name]

approver := input.context.approved_by

approved if approver != ""

deny if {
	irreversible
	approver == input.subject.id
}

review if {
	irreversible
	not approved
}

allow if irreversible
