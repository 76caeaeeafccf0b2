package cli

import (
	"encoding/json"
	"strings"
)

// condition is one --where: a name, an operator and a value.
type condition struct{ name, op, value string }

// operators, the longer ones first: != is not "!" and then "=".
var operators = []string{"!=", "^=", "<=", ">=", "=", "~", "<", ">"}

// parseWhere reads a --where.
func parseWhere(text string) (condition, error) {
	at, op := -1, ""
	for _, o := range operators {
		if i := strings.Index(text, o); i >= 0 && (at < 0 || i < at) {
			at, op = i, o
		}
	}
	if at < 0 {
		return condition{}, usagef("--where %q has no operator", text).hinted("write attribute=value; operators: = != ~ (contains) ^= (begins with) < > <= >=")
	}
	c := condition{strings.TrimSpace(text[:at]), op, strings.TrimSpace(text[at+len(op):])}
	if c.name == "" || c.value == "" {
		return condition{}, usagef("--where %q lacks %s", text, firstOf(map[bool]string{true: "an attribute"}[c.name == ""], "a value")).hinted("write attribute=value")
	}
	return c, nil
}

// fields are what a CI can be filtered by that are no attributes.
var fields = map[string]bool{"name": true, "scope": true, "ref": true}

// filter is the condition as the API takes it. Values are texts here; types are
// those of the attribute, so kinds, the types by attribute name, decide.
func (c condition) filter(kinds map[string]string) (map[string]any, error) {
	ops := map[string]string{"=": "eq", "!=": "eq", "~": "contains", "^=": "startsWith", "<": "lt", ">": "gt", "<=": "lte", ">=": "gte"}
	if fields[c.name] {
		if strings.ContainsAny(c.op, "<>") {
			return nil, usagef("--where: %s is a text and cannot be compared by %s", c.name, c.op).hinted("use = != ~ or ^=")
		}
		return negated(c.op, map[string]any{c.name: map[string]any{ops[c.op]: c.value}}), nil
	}
	value, err := c.typed(kinds[c.name])
	if err != nil {
		return nil, err
	}
	return negated(c.op, map[string]any{"attributes": []any{map[string]any{"name": c.name, ops[c.op]: value}}}), nil
}

func negated(op string, filter map[string]any) map[string]any {
	if op == "!=" {
		return map[string]any{"not": []any{filter}}
	}
	return filter
}

// typed is the value in the natural JSON form of an attribute's type.
func (c condition) typed(kind string) (any, error) {
	if c.op == "~" || c.op == "^=" {
		return c.value, nil
	}
	switch kind {
	case "INT", "FLOAT":
		var n json.Number
		if err := json.Unmarshal([]byte(c.value), &n); err != nil {
			return nil, usagef("--where: %s is a number, and %q is none", c.name, c.value)
		}
		return n, nil
	case "BOOLEAN":
		if c.value != "true" && c.value != "false" {
			return nil, usagef("--where: %s is true or false, not %q", c.name, c.value)
		}
		return c.value == "true", nil
	}
	return c.value, nil
}

// whereFilter joins --class and all --where; all of them must hold.
func whereFilter(classes []string, conditions []condition, kinds map[string]string) (map[string]any, error) {
	out := map[string]any{}
	if len(classes) > 0 {
		out["isA"] = classes
	}
	var and []any
	for _, c := range conditions {
		f, err := c.filter(kinds)
		if err != nil {
			return nil, err
		}
		and = append(and, f)
	}
	if len(and) > 0 {
		out["and"] = and
	}
	return out, nil
}
