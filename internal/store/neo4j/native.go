package neo4j

import (
	"slices"
	"strings"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
)

// What people read in Neo4j is a pure function of the record and the catalogue:
// the functions of this file. Audit calls them again to find hand edits.

// The store's own labels, beside which a class gets none of the same name.
var ownLabels = []string{"Node", "CI", "Record", "RetiredCI", "RetiredRecord", "Key", "RetiredKey", "FormerRef",
	"Requirement", "Class", "RelationType", "Revision", "Ledger", "LedgerLock", "LedgerAnswer"}

// ownProperties are those of a node that no attribute may take the place of; all
// others of the store begin with an underscore, which no attribute does.
var ownProperties = []string{"id", "ref", "class", "scope", "name", "keys"}

// recordRoot is the class below which nodes are records of ITSM, not CIs.
const recordRoot = "record"

// labelOf is the label of a class: virtual_machine is VirtualMachine. No two
// classes have one label: an underscore is only left out before a letter.
func labelOf(class string) string {
	var b strings.Builder
	up := true
	for i := 0; i < len(class); i++ {
		c := class[i]
		letter := func(at int) bool { return at < len(class) && class[at] >= 'a' && class[at] <= 'z' }
		switch {
		case up && letter(i):
			b.WriteByte(c - 'a' + 'A')
			up = false
		case c == '_' && letter(i+1):
			up = true
		default:
			b.WriteByte(c)
			up = false
		}
	}
	label := b.String()
	if slices.Contains(ownLabels, label) {
		label = "_" + label // which is no class's
	}
	return label
}

// labelsOf are a node's labels beside Node. The retired have lost their class's,
// so that (:Server) are the living servers.
func labelsOf(n *graph.Node, cat *graph.Catalogue) []string {
	record := cat.IsA(n.Ref.Class, recordRoot)
	switch {
	case n.Retired && record:
		return []string{"RetiredRecord"}
	case n.Retired:
		return []string{"RetiredCI"}
	case record:
		return []string{"Record", labelOf(n.Ref.Class)}
	}
	return []string{"CI", labelOf(n.Ref.Class)}
}

// told is a text as Neo4j can hold it: valid UTF-8.
func told(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// nodeProperties are a node's properties: who it is, its effective attributes,
// and the record.
func nodeProperties(n *graph.Node, cat *graph.Catalogue) params {
	p := params{}
	for name, v := range cat.Effective(n) {
		if graph.ValidName(name) && !slices.Contains(ownProperties, name) {
			p[name] = native(v)
		}
	}
	p["id"], p["class"], p["scope"], p["name"] = int64(n.ID), told(n.Ref.Class), told(n.Ref.Scope), told(n.Ref.Name)
	p[refProperty(n)] = told(n.Ref.String())
	p["_changed"] = int64(n.Changed)
	if n.Stub {
		p["_stub"] = true
	}
	var sources, keys, aliases []string
	for i := range n.Claims {
		sources = append(sources, told(n.Claims[i].Source))
	}
	for _, k := range n.Keys {
		keys = append(keys, told(k.Source+"="+k.Value))
	}
	for _, r := range n.Aliases {
		aliases = append(aliases, told(r.String()))
	}
	for name, list := range map[string][]string{"_sources": sources, "keys": keys, "_aliases": aliases} {
		if len(list) > 0 {
			p[name] = list
		}
	}
	p["_record"] = n.Append(nil)
	return p
}

// nodeColumns are the properties that nearly every new node has; addNodes takes
// them in this order, which is faster than a map, and addNodesWith the others as one.
var nodeColumns = []string{"id", "ref", "class", "scope", "name", "_changed", "_record", "lifecycle", "_sources"}

// relationColumns are the properties of a new relation, in the order in which
// addRelationsWith takes them; addRelations takes those of nearly every relation,
// which is faster than none for the others.
var relationColumns = []string{"_record", "transfer", "requirement", "qualifier", "grace", "phase", "capacity", "weight", "validFrom", "validTo"}

// usualColumns is how many of them nearly every relation has.
const usualColumns = 3

// columns moves properties from a map into a row; nil where there is none.
func columns(row []any, names []string, p params) []any {
	for _, name := range names {
		row = append(row, p[name])
		delete(p, name)
	}
	return row
}

// refProperty is where a node's ref stands: a uniqueness constraint cannot leave
// the retired out, so theirs stands elsewhere.
func refProperty(n *graph.Node) string {
	if n.Retired {
		return "retiredRef"
	}
	return "ref"
}

// native is a value as a property: of Neo4j's own types where there is one.
func native(v graph.Value) any {
	switch v.Kind() {
	case graph.IntKind:
		return v.Int()
	case graph.FloatKind:
		return v.Float()
	case graph.BoolKind:
		return v.Bool()
	case graph.TimeKind:
		return v.Time()
	case graph.DurationKind:
		return duration(v.Duration())
	case graph.ListKind:
		return nativeList(v.List())
	}
	return told(v.Str())
}

func duration(d time.Duration) driver.Duration {
	seconds, nanos := int64(d/time.Second), int(d%time.Second)
	if nanos < 0 { // as Neo4j gives it back
		seconds, nanos = seconds-1, nanos+int(time.Second)
	}
	return driver.DurationOf(0, 0, seconds, nanos)
}

// nativeList is a list of one kind; Neo4j knows no others, so a mixed one becomes
// texts.
func nativeList(vs []graph.Value) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		if v.Kind() != vs[0].Kind() || v.Kind() == graph.ListKind {
			for j := range vs {
				out[j] = told(vs[j].String())
			}
			return out
		}
		out[i] = native(v)
	}
	return out
}

// relationValues are a relation's properties in the order of relationColumns: the
// record, and what holds of it where that is not what nearly every relation says,
// else nil.
func relationValues(row []any, r *graph.Relation, cat *graph.Catalogue) []any {
	e := cat.EffectiveRelation(r)
	row = append(row, r.Append(nil), e.Transfer.String(), nil, nil, nil, nil, nil, nil, nil, nil)
	v := row[len(row)-len(relationColumns):]
	if r.Requirement != "" {
		v[2] = told(r.Requirement)
	}
	if r.Qualifier != "" {
		v[3] = told(r.Qualifier)
	}
	if e.Grace != 0 {
		v[4] = duration(e.Grace)
	}
	if e.Phase != graph.RunPhase {
		v[5] = e.Phase.String()
	}
	if e.Capacity != nil {
		v[6] = *e.Capacity
	}
	if e.Weight != nil {
		v[7] = *e.Weight
	}
	if !e.ValidFrom.IsZero() {
		v[8] = e.ValidFrom
	}
	if !e.ValidTo.IsZero() {
		v[9] = e.ValidTo
	}
	return row
}

// relationProperties are relationValues by name.
func relationProperties(r *graph.Relation, cat *graph.Catalogue) params {
	p := params{}
	for i, v := range relationValues(nil, r, cat) {
		if v != nil {
			p[relationColumns[i]] = v
		}
	}
	for name, v := range cat.EffectiveRelation(r).Facts {
		p[name] = native(v)
	}
	return p
}

func requirementProperties(q *graph.Requirement) params {
	p := params{"consumer": int64(q.Consumer), "name": told(q.Name), "rule": q.Rule.String(), "needed": int64(q.Needed()),
		"size": int64(q.Size()), "spare": int64(q.Spare()), "byRule": q.ByRule, "_record": q.Append(nil)}
	if q.ByRule {
		p["memberType"], p["memberClass"] = told(q.MemberType), told(q.MemberClass)
	}
	switch q.Rule {
	case graph.ActivePassive:
		p["failover"] = graph.FormatDuration(q.Failover)
	case graph.Capacity:
		p["demand"] = q.Demand
	case graph.Reaches:
		targets := make([]any, len(q.Targets)) // as the driver reads a list
		for i, id := range q.Targets {
			targets[i] = int64(id)
		}
		p["targets"], p["plane"] = targets, told(q.Plane)
	}
	return p
}

func classProperties(c *graph.Class) params {
	return params{"name": told(c.Name), "extends": told(c.Extends), "description": told(c.Description), "label": labelOf(c.Name), "_record": c.Append(nil)}
}

func typeProperties(t *graph.RelationType) params {
	return params{"name": told(t.Name), "reverse": told(t.Reverse), "description": told(t.Description), "plane": told(t.Plane),
		"transfer": t.Transfer.String(), "_record": t.Append(nil)}
}

func entryProperties(e *graph.Entry) (params, error) {
	form, err := pack(e)
	p := params{"number": int64(e.Revision), "at": e.At, "actor": told(e.Actor), "source": told(e.Source), "message": told(e.Message),
		"changes": int64(len(e.Changes)), "hash": e.Hash.String(), "_hash": e.Hash[:], "_entry": form}
	if e.Run != nil {
		p["run"] = told(e.Run.Hash)
	}
	return p, err
}
