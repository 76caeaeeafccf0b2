package population

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// The lines of an export: fields in one order, and none that says nothing.

func appendHeader(b []byte) []byte { return append(b, `{"kind":"graph","version":1}`...) }

func appendCI(b []byte, cat *graph.Catalogue, n *graph.Node) []byte {
	b = append(b, `{"kind":"ci","class":`...)
	b = appendText(b, n.Ref.Class)
	if n.Ref.Scope != graph.DefaultScope {
		b = appendText(append(b, `,"scope":`...), n.Ref.Scope)
	}
	b = appendText(append(b, `,"name":`...), n.Ref.Name)
	begun := false
	effective := cat.Effective(n)
	for _, name := range slices.Sorted(maps.Keys(effective)) {
		if source, pinned := cat.EffectiveSource(n, name); source == "" && !pinned {
			continue // a default, which comes by itself
		}
		if !begun {
			b = append(b, `,"attributes":{`...)
		} else {
			b = append(b, ',')
		}
		begun = true
		b = append(appendText(b, name), ':')
		b = appendValue(b, effective[name])
	}
	if begun {
		b = append(b, '}')
	}
	for i, k := range n.Keys {
		if i == 0 {
			b = append(b, `,"keys":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"source":`...), k.Source)
		b = append(appendText(append(b, `,"value":`...), k.Value), '}')
	}
	if len(n.Keys) > 0 {
		b = append(b, ']')
	}
	for i := range n.Claims {
		if e := &n.Claims[i].Evidence; says(e) {
			b = appendEvidence(b, e)
			break
		}
	}
	return append(b, '}')
}

// says is whether an input gave any evidence. Of several sources, the first by name
// that did is exported.
func says(e *graph.Evidence) bool {
	return e.Method != graph.Unstated || !e.ObservedAt.IsZero() || e.ConfirmedBy != ""
}

func appendEvidence(b []byte, e *graph.Evidence) []byte {
	b = append(b, `,"evidence":{`...)
	start := len(b)
	if e.Method != graph.Unstated {
		b = appendText(append(b, `"method":`...), e.Method.String())
	}
	if !e.ObservedAt.IsZero() {
		if len(b) > start {
			b = append(b, ',')
		}
		b = appendTime(append(b, `"observedAt":`...), e.ObservedAt)
	}
	if e.ConfirmedBy != "" {
		if len(b) > start {
			b = append(b, ',')
		}
		b = appendText(append(b, `"confirmedBy":`...), e.ConfirmedBy)
	}
	return append(b, '}')
}

func appendRequirement(b []byte, of graph.Ref, targets []string, r *graph.Requirement) []byte {
	b = appendText(append(b, `{"kind":"requirement","of":`...), of.String())
	b = appendText(append(b, `,"name":`...), r.Name)
	b = appendText(append(b, `,"rule":`...), r.Rule.String())
	if r.K != 0 {
		b = strconv.AppendInt(append(b, `,"k":`...), int64(r.K), 10)
	}
	if r.Percent != 0 {
		b = strconv.AppendInt(append(b, `,"percent":`...), int64(r.Percent), 10)
	}
	if r.DesignedSize != 0 {
		b = strconv.AppendInt(append(b, `,"designedSize":`...), int64(r.DesignedSize), 10)
	}
	if r.SpareRequired != nil {
		b = strconv.AppendInt(append(b, `,"spareRequired":`...), int64(*r.SpareRequired), 10)
	}
	if r.Failover != 0 {
		b = appendText(append(b, `,"failover":`...), graph.FormatDuration(r.Failover))
	}
	if r.Rule == graph.Capacity {
		b = strconv.AppendInt(append(b, `,"demand":`...), r.Demand, 10)
	}
	for i, s := range r.Steps {
		if i == 0 {
			b = append(b, `,"demandSteps":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendTime(append(b, `{"at":`...), s.At)
		b = append(strconv.AppendInt(append(b, `,"demand":`...), s.Demand, 10), '}')
	}
	if len(r.Steps) > 0 {
		b = append(b, ']')
	}
	if r.Headroom != 0 {
		b = strconv.AppendInt(append(b, `,"headroomPercent":`...), int64(r.Headroom), 10)
	}
	if r.Degraded != nil {
		b = strconv.AppendInt(append(b, `,"degradedPercent":`...), int64(*r.Degraded), 10)
	}
	if r.Floor != nil {
		b = strconv.AppendInt(append(b, `,"floorPercent":`...), int64(*r.Floor), 10)
	}
	for i, t := range targets {
		if i == 0 {
			b = append(b, `,"targets":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendText(b, t)
	}
	if targets != nil {
		b = appendText(append(b, `],"plane":`...), r.Plane)
	}
	return append(b, '}')
}

func appendRelation(b []byte, cat *graph.Catalogue, from, to graph.Ref, r *graph.Relation) []byte {
	b = appendText(append(b, `{"kind":"relation","from":`...), from.String())
	b = appendText(append(b, `,"type":`...), r.Type)
	b = appendText(append(b, `,"to":`...), to.String())
	if r.Requirement != "" {
		b = appendText(append(b, `,"requirement":`...), r.Requirement)
	}
	if r.Qualifier != "" {
		b = appendText(append(b, `,"qualifier":`...), r.Qualifier)
	}
	p := cat.EffectiveRelation(r)
	if slices.ContainsFunc(r.Claims, func(c graph.RelationClaim) bool { return c.Transfer != nil }) {
		b = appendText(append(b, `,"transfer":`...), p.Transfer.String())
	}
	if p.Grace != 0 {
		b = appendText(append(b, `,"grace":`...), graph.FormatDuration(p.Grace))
	}
	if slices.ContainsFunc(r.Claims, func(c graph.RelationClaim) bool { return c.Phase != graph.UnstatedPhase }) {
		b = appendText(append(b, `,"phase":`...), p.Phase.String())
	}
	if p.Capacity != nil {
		b = strconv.AppendInt(append(b, `,"capacity":`...), *p.Capacity, 10)
	}
	if p.Weight != nil {
		b = appendValue(append(b, `,"weight":`...), graph.FloatValue(*p.Weight))
	}
	if !p.ValidFrom.IsZero() {
		b = appendTime(append(b, `,"validFrom":`...), p.ValidFrom)
	}
	if !p.ValidTo.IsZero() {
		b = appendTime(append(b, `,"validTo":`...), p.ValidTo)
	}
	for i := range r.Claims {
		if e := &r.Claims[i].Evidence; says(e) {
			b = appendEvidence(b, e)
			break
		}
	}
	return append(b, '}')
}

func appendTime(b []byte, t time.Time) []byte {
	return appendText(b, t.UTC().Format(time.RFC3339Nano))
}

func appendValue(b []byte, v graph.Value) []byte {
	if v.Kind() == graph.StringKind {
		return appendText(b, v.Str())
	}
	j, err := v.MarshalJSON()
	if err != nil {
		panic(err) // a value is a number, a truth, a text or a list of these
	}
	return append(b, j...)
}

// appendText writes a JSON string, with no more escapes than it needs.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}

// marshalled is a definition as a line. HTML is not escaped.
func marshalled(kind string, definition any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(definition); err != nil {
		panic(err) // classes and relation types are plain data
	}
	fields := bytes.TrimSpace(b.Bytes())[1:]
	return append([]byte(`{"kind":"`+kind+`",`), fields...)
}
