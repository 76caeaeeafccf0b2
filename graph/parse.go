package graph

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ParseValue reads an attribute's value from JSON, exactly: a number never passes
// through a float unless the attribute is one. null is the zero Value, which
// withdraws what a source said. It fails with Invalid and says what is wanted.
func ParseValue(def AttributeDef, raw json.RawMessage) (Value, error) {
	raw = bytes.TrimSpace(raw)
	if string(raw) == "null" {
		return Value{}, nil
	}
	if def.Type == ListKind {
		return parseList(def, raw)
	}
	return parseOne(def, def.Type, raw)
}

func parseList(def AttributeDef, raw json.RawMessage) (Value, error) {
	var parts []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &parts) != nil {
		return Value{}, wanted(def, "a list", jsonWord(raw))
	}
	list := make([]Value, len(parts))
	for i, part := range parts {
		var err error
		if list[i], err = parseOne(def, def.Of, bytes.TrimSpace(part)); err != nil {
			return Value{}, err
		}
	}
	return ListValue(list...), nil
}

func parseOne(def AttributeDef, kind ValueKind, raw json.RawMessage) (Value, error) {
	word := jsonWord(raw)
	switch kind {
	case DocumentKind:
		var v any
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return Value{}, Errorf(Invalid, "the attribute %s is not JSON", def.Name)
		}
		return DocumentValue(v)
	case IntKind, FloatKind:
		if word != "a number" {
			return Value{}, wanted(def, kindWord(kind), word)
		}
		return parseText(def, kind, string(raw))
	case BoolKind:
		if word != "a boolean" {
			return Value{}, wanted(def, kindWord(kind), word)
		}
		return BoolValue(raw[0] == 't'), nil
	}
	var s string
	if word != "a string" || json.Unmarshal(raw, &s) != nil {
		return Value{}, wanted(def, kindWord(kind), word)
	}
	return parseText(def, kind, s)
}

// jsonWord is what kind of JSON value raw is.
func jsonWord(raw []byte) string {
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

func kindWord(kind ValueKind) string {
	switch kind {
	case IntKind:
		return "a whole number"
	case FloatKind:
		return "a number"
	case BoolKind:
		return "true or false"
	case TimeKind:
		return "a time"
	case DurationKind:
		return "a duration"
	}
	return "a string"
}

func wanted(def AttributeDef, what, got string) *Error {
	return Errorf(Invalid, "the attribute %s is %s, not %s", def.Name, what, got)
}

// listSeparator stands between the elements of a list that is one text.
const listSeparator = ";"

// ParseText reads an attribute's value from a plain text, as a CSV cell or a
// command line has it; the elements of a list are separated by ';'.
func ParseText(def AttributeDef, text string) (Value, error) {
	if def.Type != ListKind {
		return parseText(def, def.Type, text)
	}
	list := []Value{}
	for part := range strings.SplitSeq(text, listSeparator) {
		v, err := parseText(def, def.Of, strings.TrimSpace(part))
		if err != nil {
			return Value{}, err
		}
		list = append(list, v)
	}
	return ListValue(list...), nil
}

func parseText(def AttributeDef, kind ValueKind, s string) (Value, error) {
	switch kind {
	case IntKind:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Value{}, Errorf(Invalid, "%s is not a whole number of 64 bits, as the attribute %s is", Clip(s), def.Name)
		}
		return IntValue(n), nil
	case FloatKind:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return Value{}, Errorf(Invalid, "%s is not a finite number, as the attribute %s is", Clip(s), def.Name)
		}
		return FloatValue(f), nil
	case BoolKind:
		switch strings.ToLower(s) {
		case "true":
			return BoolValue(true), nil
		case "false":
			return BoolValue(false), nil
		}
		return Value{}, Errorf(Invalid, "%q is neither true nor false, as the attribute %s is", Clip(s), def.Name)
	case TimeKind:
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return Value{}, Errorf(Invalid, "%q is not a time, as the attribute %s is", Clip(s), def.Name).
				WithHint("write it as RFC 3339, for example 2026-03-01T12:00:00Z")
		}
		return TimeValue(t), nil
	case DurationKind:
		d, err := ParseDuration(s)
		if err != nil {
			e := AsError(err)
			e.Message = "the attribute " + def.Name + ": " + e.Message
			return Value{}, e
		}
		return DurationValue(d), nil
	case EnumKind:
		if !slices.Contains(def.Allowed, s) {
			return Value{}, Errorf(Invalid, "%q is not a value of the attribute %s", Clip(s), def.Name).
				WithHint("one of %s", strings.Join(def.Allowed, ", "))
		}
	}
	if !utf8.ValidString(s) {
		return Value{}, Errorf(Invalid, "the attribute %s is not valid UTF-8", def.Name)
	}
	return StringValue(s), nil
}

// fitsDef says whether a value has the type that its attribute is declared with.
func fitsDef(def *AttributeDef, v Value) bool {
	if def.Type != ListKind {
		return fitsKind(def, def.Type, v)
	}
	return v.kind == ListKind && !slices.ContainsFunc(v.list, func(e Value) bool { return !fitsKind(def, def.Of, e) })
}

func fitsKind(def *AttributeDef, kind ValueKind, v Value) bool {
	switch kind {
	case EnumKind:
		return v.kind == StringKind && slices.Contains(def.Allowed, v.text)
	case FloatKind:
		f := v.Float()
		return v.kind == FloatKind && !math.IsNaN(f) && !math.IsInf(f, 0)
	case StringKind:
		return v.kind == StringKind && utf8.ValidString(v.text)
	}
	return v.kind == kind
}
