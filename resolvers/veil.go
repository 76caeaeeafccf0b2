package resolvers

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// veil is what the sender of a request is not shown. Everything is solved on the whole
// graph, so that no state depends on who looks; the veil falls on the answer: on the
// names, attributes and claims of CIs for which none of its teams answers, on the names
// of such CIs within texts, and on tokens. Which CIs there are, how they depend on each
// other and how they are, it leaves.
type veil struct {
	owned  *ownership // nil: its sender is told of all CIs
	tokens bool       // and of tokens, too
}

func (a *API) veil(ctx context.Context) (*veil, error) {
	who := a.actor(ctx)
	v := &veil{tokens: who.Has(itsm.Admin, itsm.Auditor)}
	if who.Teams == nil {
		return v, nil
	}
	var err error
	v.owned, err = a.owned(ctx, who.Teams)
	return v, err
}

// Redacting is what takes the names of other teams' CIs out of texts that are told to
// somebody outside of GraphQL; nil: nothing has to be.
func (a *API) Redacting(ctx context.Context, who itsm.Actor) (func(text string) string, error) {
	v, err := a.veil(context.WithValue(ctx, principalKey{}, who))
	if err != nil || !v.partial() {
		return nil, err
	}
	return func(text string) string { return v.text(a.Ledger.Projection().Snapshot(), text, false) }, nil
}

// none says that all is shown.
func (v *veil) none() bool { return v == nil || v.owned == nil && v.tokens }

// partial says that its sender is told of some teams' CIs.
func (v *veil) partial() bool { return v != nil && v.owned != nil }

// names says whether the name of a node is shown. Records are named by numbers.
func (v *veil) names(s *graph.Snapshot, id graph.ID) bool {
	class := s.Ref(id).Class
	switch {
	case v.none():
		return true
	case class == graph.TokenClass:
		return v.tokens
	case v.owned == nil || s.Catalogue().Kept(class):
		return true
	}
	return v.owned.has(id)
}

// reads says whether all of a node is shown. Records are read by their own fields, not
// as nodes of the graph, whose attributes quote what was found.
func (v *veil) reads(s *graph.Snapshot, id graph.ID) bool {
	return v.names(s, id) && (!v.partial() || !s.Catalogue().Kept(s.Ref(id).Class))
}

// Redacted is the scope of CIs whose names are not shown.
const redactedScope = "redacted"

func redacted(class string, id graph.ID) graph.Ref {
	return graph.Ref{Class: class, Scope: redactedScope, Name: id.String()}
}

// whole refuses what tells of the estate without naming CIs one by one.
func (v *veil) whole(what string) error {
	if !v.partial() {
		return nil
	}
	return graph.Errorf(graph.PermissionDenied, "%s tells of the whole estate, and this token of some teams' CIs", what).WithHint("ask of one CI, or with a token without teams")
}

// keep leaves out of a query what the veil hides: a filter could tell of it.
func (v *veil) keep(q store.Query) store.Query {
	if v.none() {
		return q
	}
	if v.partial() {
		mine := []store.Filter{*ofTeams(v.owned.teams)}
		if q.Filter != nil {
			mine = append(mine, *q.Filter)
		}
		q.Filter = &store.Filter{And: mine}
	}
	if !v.tokens && len(q.Classes) > 0 {
		kept := []string{}
		for _, c := range q.Classes {
			if c != graph.TokenClass {
				kept = append(kept, c)
			}
		}
		if len(kept) == 0 {
			q.Filter = &store.Filter{Test: &store.Test{Field: store.Class, Op: store.In, Values: []graph.Value{}}}
		} else {
			q.Classes = kept
		}
	}
	return q
}

// takes says whether a change of a CI may be told: by whose the CI is after it.
func (v *veil) takes(cat *graph.Catalogue, c *graph.Change) bool {
	if v.none() {
		return true
	}
	n := c.Node
	if n == nil {
		n = c.NodeWas
	}
	return n == nil || (n.Ref.Class != graph.TokenClass || v.tokens) && (!v.partial() || cat.AnswersFor(v.owned.teams, n))
}

// redaction lays the veil over the fields of an answer.
type redaction struct{}

func (redaction) ExtensionName() string                   { return "Redaction" }
func (redaction) Validate(graphql.ExecutableSchema) error { return nil }

func (redaction) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	r, ok := ctx.Value(readingKey{}).(*reading)
	if !ok || r.veil.none() {
		return next(ctx)
	}
	res, err := next(ctx)
	if err != nil || res == nil {
		return res, err
	}
	f := graphql.GetFieldContext(ctx)
	switch f.Object {
	case ciType:
		return r.veil.field(r.at(), f, res), nil
	case "LedgerChange":
		if c, ok := parent[view.LedgerChange](f); ok && c.CI != nil && !r.veil.reads(r.at(), c.CI.Number) {
			switch f.Field.Name {
			case "before", "after":
				return nil, nil
			case "record":
				return withheld, nil
			}
		}
	}
	if !r.veil.partial() {
		return res, nil
	}
	if quotes[f.Object+"."+f.Field.Name] {
		return withheld, nil
	}
	return r.veil.said(r.at(), f, res), nil
}

// withheld stands where a JSON value would be.
var withheld = map[string]any{"redacted": true}

// quotes are the fields with JSON that quotes attributes of CIs.
var quotes = map[string]bool{"Change.patch": true, "ChangeAssessment.scenario": true}

// written are the types whose texts repeat people's words: whoever wrote a name there to
// try whether there is such a CI must not be told.
var written = map[string]bool{"Change": true, "RecordComment": true, "Vote": true, "ChangeTask": true, "Delegation": true, "Outage": true,
	"ValidationError": true, "NotFound": true, "VersionConflict": true, "DuplicateKey": true, "PermissionDenied": true, "Blocked": true,
	"LimitExceeded": true, "IdempotencyKeyReused": true, "StalePlan": true}

// field is one field of a CI.
func (v *veil) field(s *graph.Snapshot, f *graphql.FieldContext, res any) any {
	c, ok := parent[view.CI](f)
	if !ok { // nobody knows whose it is
		c = &view.CI{Snapshot: s}
	}
	named, read := v.names(c.Snapshot, c.Number), v.reads(c.Snapshot, c.Number)
	hidden := redacted(c.Class(), c.Number)
	switch name := f.Field.Name; {
	case name == "redacted":
		return !read
	case !named && name == "ref":
		return hidden.String()
	case !named && name == "scope":
		return hidden.Scope
	case !named && name == "name":
		return hidden.Name
	case !read && (name == "aliases" || name == "keys" || name == "attributes" || name == "claims" || name == "pins"):
		return reflect.MakeSlice(reflect.TypeOf(res), 0, 0).Interface()
	case v.partial():
		return v.said(c.Snapshot, f, res)
	}
	return res
}

// parent is what a field belongs to.
func parent[T any](f *graphql.FieldContext) (*T, bool) {
	if f.Parent == nil {
		return nil, false
	}
	for v := reflect.ValueOf(f.Parent.Result); v.IsValid(); v = v.Elem() {
		if c, ok := v.Interface().(*T); ok {
			return c, c != nil
		}
		if v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface || v.IsNil() {
			break
		}
	}
	return nil, false
}

// said is the value of a field that may speak of CIs: a text, a list of them, or JSON.
func (v *veil) said(s *graph.Snapshot, f *graphql.FieldContext, res any) any {
	switch f.Field.Definition.Type.Name() {
	case "JSON":
		return v.document(s, res)
	case "String":
		like := func(x reflect.Value) reflect.Value {
			return reflect.ValueOf(v.text(s, x.String(), !written[f.Object])).Convert(x.Type())
		}
		x := reflect.ValueOf(res)
		switch {
		case x.Kind() == reflect.String:
			return like(x).Interface()
		case x.Kind() == reflect.Pointer && x.Elem().Kind() == reflect.String:
			out := reflect.New(x.Type().Elem())
			out.Elem().Set(like(x.Elem()))
			return out.Interface()
		case x.Kind() == reflect.Slice && x.Type().Elem().Kind() == reflect.String:
			out := reflect.MakeSlice(x.Type(), x.Len(), x.Len())
			for i := range x.Len() {
				out.Index(i).Set(like(x.Index(i)))
			}
			return out.Interface()
		}
	}
	return res
}

// document is a JSON value with the veil over each text in it.
func (v *veil) document(s *graph.Snapshot, res any) any {
	raw, err := json.Marshal(res)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		return nil
	}
	return v.within(s, out)
}

func (v *veil) within(s *graph.Snapshot, x any) any {
	switch x := x.(type) {
	case string:
		return v.text(s, x, true)
	case []any:
		for i := range x {
			x[i] = v.within(s, x[i])
		}
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, y := range x {
			out[v.text(s, k, true)] = v.within(s, y)
		}
		return out
	}
	return x
}

// text is a text without the names of CIs that the veil hides. A ref is found by the
// name of its class and a colon, and ends where the longest name of a living CI does;
// of one that names nobody now, which may be a former name, nothing is shown either, nor
// of what follows it on its line, which may be more of the name.
// Told apart, one hidden CI's name is replaced by another word than the next one's.
func (v *veil) text(s *graph.Snapshot, text string, apart bool) string {
	if !v.partial() || !strings.Contains(text, ":") {
		return text
	}
	var out strings.Builder
	for at := 0; at < len(text); {
		colon := strings.IndexByte(text[at:], ':')
		if colon < 0 {
			out.WriteString(text[at:])
			break
		}
		colon += at
		begin := colon
		for begin > at && isClassByte(text[begin-1]) {
			begin--
		}
		class := text[begin:colon]
		rest := text[colon+1:]
		if s.Catalogue().Class(class) == nil || s.Catalogue().Kept(class) || rest == "" || rest[0] == ' ' {
			out.WriteString(text[at : colon+1])
			at = colon + 1
			continue
		}
		out.WriteString(text[at:begin])
		id, length := longestRef(s, text[begin:])
		switch {
		case length > 0 && v.names(s, id):
			out.WriteString(text[begin : begin+length])
		case length > 0 && apart:
			out.WriteString(redacted(class, id).String())
		case length > 0:
			out.WriteString(class + ":" + redactedScope)
		default: // it may have blanks, so nothing of the line is shown after it
			length = len(text) - begin
			if end := strings.IndexByte(text[begin:], '\n'); end >= 0 {
				length = end
			}
			out.WriteString(class + ":" + redactedScope + " …")
		}
		at = begin + length
	}
	return out.String()
}

// maxRef is how long a ref can be: class, scope and name.
const maxRef = 64 + 2*graph.MaxNameBytes + 2

func isClassByte(b byte) bool { return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' }

// goesOn says whether a name that is written so far is not at its end.
func goesOn(b byte) bool {
	return b >= 0x80 || b == '-' || b == '/' || b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// joins says whether a text begins with a mark that may join what stands before it to what
// follows, as in www.example.org: one that is neither a bracket nor a quote, before anything
// but a blank or the end.
func joins(text string) bool {
	if text[0] == ' ' || strings.IndexByte("\n\t)]}>\"'", text[0]) >= 0 {
		return false
	}
	return len(text) > 1 && strings.IndexByte(" \n\t)]}>\"'", text[1]) < 0
}

// longestRef is the living CI with the longest ref that a text begins with.
func longestRef(s *graph.Snapshot, text string) (id graph.ID, length int) {
	for n := min(len(text), maxRef); n > 0; n-- {
		if n < len(text) && text[n]&0xC0 == 0x80 {
			continue // within a character
		}
		ref, err := graph.ParseRef(text[:n])
		if err != nil || n < len(text) && (goesOn(text[n]) || joins(text[n:])) {
			continue // more of a name follows, or it is none
		}
		if id, ok := s.Lookup(ref); ok {
			return id, n
		}
	}
	return 0, 0
}
