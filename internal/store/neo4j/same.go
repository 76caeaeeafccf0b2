package neo4j

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// sameValue says whether a property is what was written: lists come back as lists
// of anything, and times in a zone of their own.
func sameValue(want, is any) bool {
	switch w := want.(type) {
	case time.Time:
		t, ok := is.(time.Time)
		return ok && t.Equal(w)
	case []byte:
		b, ok := is.([]byte)
		return ok && bytes.Equal(w, b)
	case []string:
		list, ok := is.([]any)
		return ok && slices.EqualFunc(w, list, func(s string, v any) bool { return v == s })
	case []any:
		list, ok := is.([]any)
		return ok && slices.EqualFunc(w, list, sameValue)
	}
	return want == is
}

// sameTexts compares without order.
func sameTexts(want []string, is []any) bool {
	if len(want) != len(is) {
		return false
	}
	for _, v := range is {
		if s, ok := v.(string); !ok || !slices.Contains(want, s) {
			return false
		}
	}
	return true
}

// shown is a property for a message.
func shown(v any) string {
	if v == nil {
		return "absent"
	}
	text := fmt.Sprintf("%v", v)
	if s, ok := v.(string); ok {
		text = fmt.Sprintf("%q", s)
	}
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60]) + "…"
	}
	return text
}
