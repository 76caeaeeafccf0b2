package graph_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"pgregory.net/rapid"
)

var definitions = map[string]graph.AttributeDef{
	"string":   {Name: "a", Type: graph.StringKind},
	"int":      {Name: "a", Type: graph.IntKind},
	"float":    {Name: "a", Type: graph.FloatKind},
	"boolean":  {Name: "a", Type: graph.BoolKind},
	"time":     {Name: "a", Type: graph.TimeKind},
	"duration": {Name: "a", Type: graph.DurationKind},
	"enum":     {Name: "a", Type: graph.EnumKind, Allowed: []string{"LOW", "HIGH"}},
	"strings":  {Name: "a", Type: graph.ListKind, Of: graph.StringKind},
	"ints":     {Name: "a", Type: graph.ListKind, Of: graph.IntKind},
	"enums":    {Name: "a", Type: graph.ListKind, Of: graph.EnumKind, Allowed: []string{"LOW", "HIGH"}},
}

func TestAValueIsReadFromJSON(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		def, raw string
		want     graph.Value
	}{
		{"string", `"a \"b\""`, graph.StringValue(`a "b"`)},
		{"string", `""`, graph.StringValue("")},
		{"string", ` null `, graph.Value{}},
		{"int", `null`, graph.Value{}},
		{"ints", `null`, graph.Value{}},
		{"int", `9007199254740993`, graph.IntValue(9007199254740993)},
		{"int", `9223372036854775807`, graph.IntValue(math.MaxInt64)},
		{"int", `-9223372036854775808`, graph.IntValue(math.MinInt64)},
		{"int", `-0`, graph.IntValue(0)},
		{"float", `9007199254740993`, graph.FloatValue(9007199254740992)},
		{"float", `-0.0`, graph.FloatValue(0)},
		{"float", `1e308`, graph.FloatValue(1e308)},
		{"boolean", `true`, graph.BoolValue(true)},
		{"boolean", `false`, graph.BoolValue(false)},
		{"time", `"2026-03-01T12:00:00Z"`, graph.TimeValue(noon)},
		{"time", `"2026-03-01T13:00:00.0000009+01:00"`, graph.TimeValue(noon)},
		{"duration", `"PT1H30M"`, graph.DurationValue(90 * time.Minute)},
		{"enum", `"LOW"`, graph.StringValue("LOW")},
		{"strings", `[]`, graph.ListValue()},
		{"strings", `["a", ";"]`, graph.ListValue(graph.StringValue("a"), graph.StringValue(";"))},
		{"ints", `[1,9007199254740993]`, graph.ListValue(graph.IntValue(1), graph.IntValue(9007199254740993))},
		{"enums", `["HIGH"]`, graph.ListValue(graph.StringValue("HIGH"))},
	} {
		got, err := graph.ParseValue(definitions[c.def], json.RawMessage(c.raw))
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%s %s is %s %v, %v; want %v", c.def, c.raw, got.Kind(), got, err, c.want)
		}
	}
}

func TestWhatIsNoValueSaysWhatIsWanted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ def, raw, says string }{
		{"string", `5`, "a string, not a number"},
		{"string", `["a"]`, "a string, not a list"},
		{"string", ``, "a string, not nothing"},
		{"int", `"5"`, "a whole number, not a string"},
		{"int", `5.0`, "whole number of 64 bits"},
		{"int", `1e3`, "whole number of 64 bits"},
		{"int", `9223372036854775808`, "whole number of 64 bits"},
		{"int", `true`, "a whole number, not a boolean"},
		{"float", `"1"`, "a number, not a string"},
		{"float", `1e999`, "finite number"},
		{"boolean", `1`, "true or false, not a number"},
		{"boolean", `"true"`, "true or false, not a string"},
		{"time", `"2026-03-01"`, "RFC 3339, for example 2026-03-01T12:00:00Z"},
		{"time", `"2026-03-01T12:00:00"`, "RFC 3339"},
		{"time", `1`, "a time, not a number"},
		{"duration", `"20 minutes"`, "ISO 8601, for example PT20M"},
		{"duration", `20`, "a duration, not a number"},
		{"enum", `"low"`, "one of LOW, HIGH"},
		{"enum", `{}`, "a string, not an object"},
		{"strings", `"a"`, "a list, not a string"},
		{"strings", `["a",null]`, "a string, not null"},
		{"strings", `[["a"]]`, "a string, not a list"},
		{"ints", `[1,"2"]`, "a whole number, not a string"},
		{"enums", `["LOW","MID"]`, "one of LOW, HIGH"},
	} {
		_, err := graph.ParseValue(definitions[c.def], json.RawMessage(c.raw))
		if !graph.IsKind(err, graph.Invalid) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "attribute a") {
			t.Errorf("%s %s: want an error about the attribute a that says %q, got %v", c.def, c.raw, c.says, err)
		}
	}
}

func TestAValueIsReadFromPlainText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		def, text string
		want      graph.Value
	}{
		{"string", " a;b ", graph.StringValue(" a;b ")},
		{"string", "null", graph.StringValue("null")},
		{"int", "9007199254740993", graph.IntValue(9007199254740993)},
		{"float", "0.1", graph.FloatValue(0.1)},
		{"boolean", "TRUE", graph.BoolValue(true)},
		{"duration", "-PT1S", graph.DurationValue(-time.Second)},
		{"strings", "a; b;c", graph.ListValue(graph.StringValue("a"), graph.StringValue("b"), graph.StringValue("c"))},
		{"ints", "1;2", graph.ListValue(graph.IntValue(1), graph.IntValue(2))},
	} {
		got, err := graph.ParseText(definitions[c.def], c.text)
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%s %q is %v, %v; want %v", c.def, c.text, got, err, c.want)
		}
	}
	for _, c := range []struct{ def, text, says string }{
		{"int", "five", "five is not a whole number"},
		{"int", " 5", "whole number"},
		{"float", "NaN", "finite number"},
		{"float", "Infinity", "finite number"},
		{"boolean", "yes", "neither true nor false"},
		{"string", "\xff", "UTF-8"},
		{"enum", "", "one of LOW, HIGH"},
		{"ints", "1;;2", "whole number"},
		{"int", strings.Repeat("9", 5000), "whole number"},
	} {
		_, err := graph.ParseText(definitions[c.def], c.text)
		if !graph.IsKind(err, graph.Invalid) || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 400 {
			t.Errorf("%s %.20q: want a short error that says %q, got %v", c.def, c.text, c.says, err)
		}
	}
}

// aScalar draws a value that is no list, and how it is declared.
func aScalar(t *rapid.T) (graph.AttributeDef, graph.Value) {
	kind := rapid.SampledFrom([]string{"string", "int", "float", "boolean", "time", "duration", "enum"}).Draw(t, "kind")
	def := definitions[kind]
	switch def.Type {
	case graph.IntKind:
		return def, graph.IntValue(rapid.Int64().Draw(t, "int"))
	case graph.FloatKind:
		return def, graph.FloatValue(rapid.Float64().Filter(func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }).Draw(t, "float"))
	case graph.BoolKind:
		return def, graph.BoolValue(rapid.Bool().Draw(t, "bool"))
	case graph.TimeKind:
		return def, graph.TimeValue(anInstant(t))
	case graph.DurationKind:
		return def, graph.DurationValue(time.Duration(rapid.Int64().Draw(t, "duration")))
	case graph.EnumKind:
		return def, graph.StringValue(rapid.SampledFrom(def.Allowed).Draw(t, "enum"))
	}
	return def, graph.StringValue(rapid.String().Draw(t, "string"))
}

// anInstant draws a time that RFC 3339 can write, in any zone, with nanoseconds.
func anInstant(t *rapid.T) time.Time {
	sec := rapid.Int64Range(-62_000_000_000, 253_000_000_000).Draw(t, "second")
	zone := time.FixedZone("", 60*rapid.IntRange(-720, 720).Draw(t, "zone"))
	return time.Unix(sec, rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).In(zone)
}

// What a value is written as, as JSON and as text, reads as that value.
func TestValuesSurviveBeingWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		def, v := aScalar(t)
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := graph.ParseValue(def, raw); err != nil || !got.Equal(v) {
			t.Fatalf("%v is written as %s, which reads as %v, %v", v, raw, got, err)
		}
		if got, err := graph.ParseText(def, v.String()); err != nil || !got.Equal(v) {
			t.Fatalf("%v is written as %q, which reads as %v, %v", v, v.String(), got, err)
		}
		list := graph.AttributeDef{Name: "a", Type: graph.ListKind, Of: def.Type, Allowed: def.Allowed}
		raw, err = json.Marshal(graph.ListValue(v, v))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := graph.ParseValue(list, raw); err != nil || !got.Equal(graph.ListValue(v, v)) {
			t.Fatalf("the list %s reads as %v, %v", raw, got, err)
		}
	})
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"PT20M": 20 * time.Minute, "PT1H30M": 90 * time.Minute, "P2D": 48 * time.Hour, "P1W": 168 * time.Hour, "P1W2DT3H4M5.000000006S": 219*time.Hour + 4*time.Minute + 5*time.Second + 6,
		"PT0S": 0, "-PT0S": 0, "PT0.5S": time.Second / 2, "-PT1M": -time.Minute, "PT100000S": 100000 * time.Second, "PT007S": 7 * time.Second,
		"PT9223372036.854775807S": math.MaxInt64, "-PT9223372036.854775808S": math.MinInt64,
	} {
		if got, err := graph.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "P", "PT", "-", "P1", "1H", "PT1", "T1H", "P1Y", "P1M", "PT1H1H", "PT1M1H", "P1H", "PT1D", "P1DT", "PT1.5H", "PT1.S", "PT.5S", "PT1.S5", "PT1.0000000001S",
		"PT-1S", "--PT1S", "+PT1S", "pt1s", "PT1s", " PT1S", "PT1S ", "PT1,5S", "PT1TS", "PTT1S", "PT1é", "PT1\xffS", "P1W1W", "20m",
		"PT9223372036.854775808S", "-PT9223372036.854775809S", "P99999999999W", "PT99999999999999999999S"} {
		d, err := graph.ParseDuration(text)
		if !graph.IsKind(err, graph.Invalid) || !strings.Contains(err.Error(), "PT20M") {
			t.Errorf("%q is %v, %v; want an error with an example", text, d, err)
		}
	}
	for d, want := range map[time.Duration]string{0: "PT0S", time.Hour * 36: "PT36H", -time.Second / 2: "-PT0.5S", time.Hour + time.Second: "PT1H1S", 1: "PT0.000000001S",
		math.MinInt64: "-PT2562047H47M16.854775808S"} {
		if got := graph.FormatDuration(d); got != want {
			t.Errorf("%d ns are %s, want %s", d, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64().Draw(t, "d"))
		if got, err := graph.ParseDuration(graph.FormatDuration(d)); err != nil || got != d {
			t.Fatalf("%d is written as %s, which reads as %d, %v", d, graph.FormatDuration(d), got, err)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"PT20M", "-P1W2DT3H4M5.6S", "PT", "P1Y", "PT9223372036.854775807S"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := graph.ParseDuration(s)
		if err != nil {
			if !graph.IsKind(err, graph.Invalid) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if again, err := graph.ParseDuration(graph.FormatDuration(d)); err != nil || again != d {
			t.Errorf("%q is %d, written as %s, which reads as %d, %v", s, d, graph.FormatDuration(d), again, err)
		}
	})
}
