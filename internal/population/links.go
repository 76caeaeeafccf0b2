package population

import (
	"strconv"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// link is a line about one relation; a withdraw line has the first fields only.
type link struct {
	from, typ, to, requirement, qualifier string
	props                                 graph.RelationProps
	evidence                              graph.Evidence
}

var withdrawFields = []field[link]{
	kindField[link](),
	need(textField("from", func(l *link) *string { return &l.from })),
	need(nameField("type", func(l *link) *string { return &l.typ })),
	need(textField("to", func(l *link) *string { return &l.to })),
	nameField("requirement", func(l *link) *string { return &l.requirement }),
	nameField("qualifier", func(l *link) *string { return &l.qualifier }),
}

var relationFields = append(withdrawFields[:len(withdrawFields):len(withdrawFields)],
	field[link]{name: "transfer", read: func(s *scanner, l *link) error {
		raw, err := s.raw()
		if err != nil {
			return err
		}
		l.props.Transfer = new(graph.Transfer)
		return l.props.Transfer.UnmarshalJSON(raw)
	}},
	wordField("grace", func(l *link, word []byte) (err error) {
		l.props.Grace, err = graph.ParseDuration(string(word))
		return err
	}),
	wordField("phase", func(l *link, word []byte) error { return stated(word, l.props.Phase.UnmarshalText) }),
	field[link]{name: "capacity", read: func(s *scanner, l *link) error {
		n, err := s.integer(64)
		l.props.Capacity = &n
		return err
	}},
	field[link]{name: "weight", read: func(s *scanner, l *link) error {
		w, err := s.float()
		l.props.Weight = &w
		return err
	}},
	timeField("validFrom", func(l *link) *time.Time { return &l.props.ValidFrom }),
	timeField("validTo", func(l *link) *time.Time { return &l.props.ValidTo }),
	evidenceField(func(l *link) *graph.Evidence { return &l.evidence }),
)

func evidenceField[T any](at func(*T) *graph.Evidence) field[T] {
	return field[T]{name: "evidence", read: func(s *scanner, to *T) error { return readObject(s, evidenceFields, at(to)) }}
}

var evidenceFields = []field[graph.Evidence]{
	wordField("method", func(e *graph.Evidence, word []byte) error { return stated(word, e.Method.UnmarshalText) }),
	timeField("observedAt", func(e *graph.Evidence) *time.Time { return &e.ObservedAt }),
	textField("confirmedBy", func(e *graph.Evidence) *string { return &e.ConfirmedBy }),
}

// stated refuses the empty word, by which the core says "not stated".
func stated(word []byte, read func([]byte) error) error {
	if len(word) == 0 {
		return graph.Errorf(graph.Invalid, "the text is empty").WithHint("leave the field out")
	}
	return read(word)
}

// ends are the two references of a link.
func (d *ndjson) ends(l *link) (from, to graph.NodeRef, err error) {
	if from, err = d.ref("from", l.from); err == nil {
		to, err = d.ref("to", l.to)
	}
	return from, to, err
}

func (d *ndjson) relation(s *scanner) (graph.Operation, error) {
	var l link
	if err := whole(s, relationFields, &l); err != nil {
		return nil, err
	}
	from, to, err := d.ends(&l)
	if err != nil {
		return nil, err
	}
	return graph.PutRelation{From: from, Type: l.typ, To: to, Requirement: l.requirement, Qualifier: l.qualifier,
		Props: l.props, Evidence: l.evidence}, nil
}

func (d *ndjson) withdrawal(s *scanner) (graph.Operation, error) {
	var l link
	if err := whole(s, withdrawFields, &l); err != nil {
		return nil, err
	}
	from, to, err := d.ends(&l)
	if err != nil {
		return nil, err
	}
	return graph.WithdrawRelation{From: from, Type: l.typ, To: to, Requirement: l.requirement, Qualifier: l.qualifier}, nil
}

// group is a line about one requirement.
type group struct {
	of, name                 string
	rule                     graph.Rule
	k, percent, designedSize int
	spareRequired            *int
	details                  graph.RuleDetails
	targets                  []string
}

var requirementFields = []field[group]{
	kindField[group](),
	need(textField("of", func(g *group) *string { return &g.of })),
	need(nameField("name", func(g *group) *string { return &g.name })),
	need(wordField("rule", func(g *group, word []byte) error { return g.rule.UnmarshalText(word) })),
	intField("k", func(g *group) *int { return &g.k }),
	intField("percent", func(g *group) *int { return &g.percent }),
	intField("designedSize", func(g *group) *int { return &g.designedSize }),
	{name: "spareRequired", read: func(s *scanner, g *group) error {
		n, err := s.integer(32)
		spare := int(n)
		g.spareRequired = &spare
		return err
	}},
	wordField("failover", func(g *group, word []byte) (err error) {
		g.details.Failover, err = graph.ParseDuration(string(word))
		return err
	}),
	amountField("demand", func(g *group) *int64 { return &g.details.Demand }),
	objectsField("demandSteps", func(g *group) *[]graph.DemandStep { return &g.details.Steps }, stepFields),
	intField("headroomPercent", func(g *group) *int { return &g.details.Headroom }),
	percentField("degradedPercent", func(g *group) **int { return &g.details.Degraded }),
	percentField("floorPercent", func(g *group) **int { return &g.details.Floor }),
	listField("targets", func(g *group) *[]string { return &g.targets }, func(s *scanner, to *string) (err error) {
		*to, err = s.text()
		return err
	}),
	nameField("plane", func(g *group) *string { return &g.details.Plane }),
}

var stepFields = []field[graph.DemandStep]{
	need(timeField("at", func(s *graph.DemandStep) *time.Time { return &s.At })),
	need(amountField("demand", func(s *graph.DemandStep) *int64 { return &s.Demand })),
}

func amountField[T any](name string, at func(*T) *int64) field[T] {
	return field[T]{name: name, read: func(s *scanner, to *T) (err error) {
		*at(to), err = s.integer(64)
		return err
	}}
}

func percentField(name string, at func(*group) **int) field[group] {
	return field[group]{name: name, read: func(s *scanner, g *group) error {
		n, err := s.integer(32)
		percent := int(n)
		*at(g) = &percent
		return err
	}}
}

func (d *ndjson) requirement(s *scanner) (graph.Operation, error) {
	var g group
	if err := whole(s, requirementFields, &g); err != nil {
		return nil, err
	}
	of, err := d.ref("of", g.of)
	if err != nil {
		return nil, err
	}
	var reach []graph.NodeRef
	for i, t := range g.targets {
		ref, err := d.ref("targets["+strconv.Itoa(i)+"]", t)
		if err != nil {
			return nil, err
		}
		reach = append(reach, ref)
	}
	return graph.PutRequirement{Of: of, Name: g.name, Rule: g.rule, K: g.k, Percent: g.percent, Reach: reach,
		DesignedSize: g.designedSize, SpareRequired: g.spareRequired, RuleDetails: g.details}, nil
}

var retireFields = []field[string]{
	kindField[string](),
	need(textField("ci", func(ref *string) *string { return ref })),
}

func (d *ndjson) retirement(s *scanner) (graph.Operation, error) {
	var text string
	if err := whole(s, retireFields, &text); err != nil {
		return nil, err
	}
	ref, err := d.ref("ci", text)
	if err != nil {
		return nil, err
	}
	return graph.Retire{Node: ref}, nil
}
