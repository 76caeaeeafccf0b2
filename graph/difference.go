package graph

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Difference is one record that is another one at a later point of the ledger.
type Difference struct {
	Was, Is Change // the after side of one record, as it was and is; empty: it is not there
	Fields  []FieldDifference
}

// FieldDifference is one thing of a record that differs, "" where there is nothing.
type FieldDifference struct{ Field, Was, Is string }

// Differ sums up what entries of a ledger, in order, leave of their changes.
type Differ struct {
	order []any
	at    map[any]*Difference
}

// NewDiffer begins at a revision.
func NewDiffer() *Differ { return &Differ{at: map[any]*Difference{}} }

// Add takes the changes of one entry.
func (d *Differ) Add(changes []Change) {
	for k := range changes {
		c := &changes[k]
		var key any
		was, is := Change{Node: c.NodeWas, Relation: c.RelationWas, Requirement: c.RequirementWas, Class: c.ClassWas, Type: c.TypeWas},
			Change{Node: c.Node, Relation: c.Relation, Requirement: c.Requirement, Class: c.Class, Type: c.Type}
		for _, x := range []*Change{&is, &was} {
			switch {
			case x.Node != nil:
				key = x.Node.ID
			case x.Relation != nil:
				key = x.Relation.RelationKey
			case x.Requirement != nil:
				key = x.Requirement.RequirementKey
			case x.Class != nil:
				key = "class " + x.Class.Name
			case x.Type != nil:
				key = "type " + x.Type.Name
			}
		}
		known, ok := d.at[key]
		if !ok {
			known = &Difference{Was: was}
			d.at[key], d.order = known, append(d.order, key)
		}
		known.Is = is
	}
}

// Differences are the records that differ in what holds, not in who says so: nodes by
// ref, then requirements and relations by their consumer's, then definitions. was and
// is are the catalogues, ref names nodes.
func (d *Differ) Differences(was, is *Catalogue, ref func(ID) Ref) []Difference {
	var out []Difference
	for _, key := range d.order {
		x := d.at[key]
		if n := x.record().Node; n != nil && n.Ref.Class == BaselineClass {
			continue // it is no part of the configuration
		}
		switch {
		case x.Was.Node != nil || x.Is.Node != nil:
			x.Fields = differ(nodeFields(was, x.Was.Node), nodeFields(is, x.Is.Node))
		case x.Was.Relation != nil || x.Is.Relation != nil:
			x.Fields = differ(relationFields(was, x.Was.Relation), relationFields(is, x.Is.Relation))
		case x.Was.Requirement != nil || x.Is.Requirement != nil:
			x.Fields = differ(requirementFields(x.Was.Requirement), requirementFields(x.Is.Requirement))
		case x.Was.Class != nil || x.Is.Class != nil:
			x.Fields = differ(classFields(x.Was.Class), classFields(x.Is.Class))
		default:
			x.Fields = differ(typeFields(x.Was.Type), typeFields(x.Is.Type))
		}
		if len(x.Fields) > 0 || (x.Was == Change{}) != (x.Is == Change{}) {
			out = append(out, *x)
		}
	}
	slices.SortStableFunc(out, func(x, y Difference) int {
		kx, ix, nx := x.place()
		ky, iy, ny := y.place()
		return cmp.Or(cmp.Compare(kx, ky), ref(ix).Compare(ref(iy)), strings.Compare(nx, ny), cmp.Compare(ix, iy))
	})
	return out
}

// record is the record as it is, or as it was where it is gone.
func (x *Difference) record() *Change {
	if (x.Is != Change{}) {
		return &x.Is
	}
	return &x.Was
}

// place is by what differences are ordered.
func (x *Difference) place() (kind int, id ID, name string) {
	switch c := x.record(); {
	case c.Node != nil:
		return 0, c.Node.ID, ""
	case c.Requirement != nil:
		return 1, c.Requirement.Consumer, c.Requirement.Name
	case c.Relation != nil:
		return 2, c.Relation.From, c.Relation.Type + "\x00" + strconv.FormatUint(uint64(c.Relation.To), 10) + "\x00" + c.Relation.Requirement + "\x00" + c.Relation.Qualifier
	case c.Class != nil:
		return 3, 0, c.Class.Name
	default:
		return 4, 0, c.Type.Name
	}
}

// differ compares fields by name, in order of names; absent is "".
func differ(was, is map[string]string) (out []FieldDifference) {
	for name, w := range was {
		if i := is[name]; i != w {
			out = append(out, FieldDifference{name, w, i})
		}
	}
	for name, i := range is {
		if _, there := was[name]; !there && i != "" {
			out = append(out, FieldDifference{name, "", i})
		}
	}
	slices.SortFunc(out, func(a, b FieldDifference) int { return strings.Compare(a.Field, b.Field) })
	return out
}

func nodeFields(cat *Catalogue, n *Node) map[string]string {
	out := map[string]string{}
	if n == nil {
		return out
	}
	for name, v := range cat.Effective(n) {
		out[name] = v.String()
	}
	out["ref"] = n.Ref.String()
	if n.Retired {
		out["retired"] = "true"
	}
	for i := range n.Pins {
		if p := &n.Pins[i]; p.keeps() {
			out["pin "+p.Attribute] = p.Author + ": " + p.Reason
		}
	}
	return out
}

func relationFields(cat *Catalogue, r *Relation) map[string]string {
	out := map[string]string{}
	if r == nil {
		return out
	}
	p := cat.EffectiveRelation(r)
	out["transfer"] = p.Transfer.String()
	out["phase"] = p.Phase.String()
	if p.Grace > 0 {
		out["grace"] = FormatDuration(p.Grace)
	}
	if p.Capacity != nil {
		out["capacity"] = strconv.FormatInt(*p.Capacity, 10)
	}
	if p.Weight != nil {
		out["weight"] = strconv.FormatFloat(*p.Weight, 'g', -1, 64)
	}
	for name, t := range map[string]time.Time{"validFrom": p.ValidFrom, "validTo": p.ValidTo} {
		if !t.IsZero() {
			out[name] = stamp(t)
		}
	}
	for name, v := range p.Facts {
		out[name] = v.String()
	}
	return out
}

func requirementFields(r *Requirement) map[string]string {
	out := map[string]string{}
	if r == nil {
		return out
	}
	out["rule"] = r.Rule.String()
	for name, n := range map[string]int{"k": r.K, "percent": r.Percent, "designedSize": r.DesignedSize} {
		if n != 0 {
			out[name] = strconv.Itoa(n)
		}
	}
	if r.SpareRequired != nil {
		out["spareRequired"] = strconv.Itoa(*r.SpareRequired)
	}
	if r.Failover > 0 {
		out["failover"] = FormatDuration(r.Failover)
	}
	if r.Rule != Capacity {
		return out
	}
	out["demand"] = strconv.FormatInt(r.Demand, 10)
	for _, s := range r.Steps {
		out["demand from "+stamp(s.At)] = strconv.FormatInt(s.Demand, 10)
	}
	out["headroomPercent"] = strconv.Itoa(r.Headroom)
	out["degradedPercent"], out["floorPercent"] = strconv.FormatUint(percentage(r.Degraded), 10), strconv.FormatUint(percentage(r.Floor), 10)
	return out
}

func classFields(c *Class) map[string]string {
	if c == nil {
		return map[string]string{}
	}
	var names []string
	for _, a := range c.Attributes {
		names = append(names, a.Name)
	}
	return map[string]string{"extends": c.Extends, "description": c.Description, "attributes": strings.Join(names, ", ")}
}

func typeFields(t *RelationType) map[string]string {
	if t == nil {
		return map[string]string{}
	}
	return map[string]string{"reverse": t.Reverse, "plane": t.Plane, "transfer": t.Transfer.String(), "impact": t.Impact.String(), "description": t.Description}
}
