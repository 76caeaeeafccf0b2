package graph_test

import (
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// ranked is a catalogue in which a class and its subclass order sources.
func ranked() *graph.Catalogue {
	return graph.Builtin().With(
		graph.Change{Class: &graph.Class{Name: "appliance", Extends: "server", Ranking: []graph.SourceRanking{
			{Sources: []string{"netbox", "scan"}}, {Attribute: "owner", Sources: []string{"hr"}}}}},
		graph.Change{Class: &graph.Class{Name: "firewall_box", Extends: "appliance", Ranking: []graph.SourceRanking{{Sources: []string{"scan"}}}}})
}

func TestTheEffectiveValue(t *testing.T) {
	t.Parallel()
	early, late := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	says := func(source, attribute, value string, at time.Time) graph.Claim {
		return graph.Claim{Source: source, Evidence: graph.Evidence{ObservedAt: at}, Attributes: map[string]graph.Value{attribute: graph.StringValue(value)}}
	}
	pin := graph.Pin{Attribute: "os", Value: graph.StringValue("pinned"), Author: "ada", Expires: early}
	impact := graph.Pin{Author: "ada"}
	for _, c := range []struct {
		name, class, attribute string
		claims                 []graph.Claim
		pins                   []graph.Pin
		want, source           string
		pinned                 bool
	}{
		{"one source", "server", "os", []graph.Claim{says("scan", "os", "a", late)}, nil, "a", "scan", false},
		{"without a ranking the first name wins, not the latest word", "server", "os",
			[]graph.Claim{says("b", "os", "early", early), says("c", "os", "late", late)}, nil, "early", "b", false},
		{"nor the earliest", "server", "os",
			[]graph.Claim{says("b", "os", "late", late), says("c", "os", "early", early)}, nil, "late", "b", false},
		{"bytes order names", "server", "os", []graph.Claim{says("B", "os", "upper", late), says("a", "os", "lower", late)}, nil, "upper", "B", false},
		{"manual is a source like others", "server", "os", []graph.Claim{says("manual", "os", "typed", late), says("scan", "os", "seen", late)}, nil, "typed", "manual", false},
		{"a pin first", "server", "os", []graph.Claim{says("scan", "os", "a", late)}, []graph.Pin{pin}, "pinned", "", true},
		{"a pin where nobody says anything, also past its end: no clock", "server", "os", nil, []graph.Pin{pin}, "pinned", "", true},
		{"a pin of the impact is no value", "server", "os", []graph.Claim{says("scan", "os", "a", late)}, []graph.Pin{impact}, "a", "scan", false},
		{"a class's ranking", "appliance", "os", []graph.Claim{says("a", "os", "a", late), says("netbox", "os", "n", early), says("scan", "os", "s", late)}, nil, "n", "netbox", false},
		{"the second of a ranking", "appliance", "os", []graph.Claim{says("a", "os", "a", late), says("scan", "os", "s", late)}, nil, "s", "scan", false},
		{"of those that are not ranked, the first name", "appliance", "os", []graph.Claim{says("a", "os", "a", late), says("b", "os", "b", late)}, nil, "a", "a", false},
		{"a ranking of the attribute goes before that of all", "appliance", "owner",
			[]graph.Claim{says("hr", "owner", "h", early), says("netbox", "owner", "n", late)}, nil, "h", "hr", false},
		{"a ranked source that says nothing of the attribute does not count", "appliance", "owner",
			[]graph.Claim{says("hr", "os", "x", late), says("zabbix", "owner", "z", late)}, nil, "z", "zabbix", false},
		{"a subclass's ranking of all goes before its parent's", "firewall_box", "os",
			[]graph.Claim{says("netbox", "os", "n", late), says("scan", "os", "s", late)}, nil, "s", "scan", false},
		{"a parent's ranking of the attribute goes before a subclass's of all", "firewall_box", "owner",
			[]graph.Claim{says("hr", "owner", "h", late), says("scan", "owner", "s", late)}, nil, "h", "hr", false},
		{"a default where nobody speaks", "server", "lifecycle", []graph.Claim{says("scan", "os", "a", late)}, nil, "LIVE", "", false},
		{"a word goes before a default", "server", "lifecycle", []graph.Claim{says("scan", "lifecycle", "PLANNED", late)}, nil, "PLANNED", "scan", false},
		{"nothing", "server", "os", nil, nil, "", "", false},
		{"a class that nobody knows ranks by name", "unheard_of", "os", []graph.Claim{says("b", "os", "b", late), says("c", "os", "c", late)}, nil, "b", "b", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cat := ranked()
			n := &graph.Node{ID: 1, Ref: graph.Ref{Class: c.class, Scope: graph.DefaultScope, Name: "x"}, Claims: c.claims, Pins: c.pins}
			all := cat.Effective(n)
			if v, there := all[c.attribute]; v.Str() != c.want || there != (c.want != "") {
				t.Errorf("the effective value is %v (%v), want %q", v, there, c.want)
			}
			if source, pinned := cat.EffectiveSource(n, c.attribute); source != c.source || pinned != c.pinned {
				t.Errorf("%q says it, pinned %v; want %q, %v", source, pinned, c.source, c.pinned)
			}
			if _, there := all[""]; there {
				t.Error("the pin of the impact became an attribute")
			}
		})
	}
}

func TestWhatHoldsOfARelation(t *testing.T) {
	t.Parallel()
	soft, one, half := graph.Soft, int64(1), 0.5
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := &graph.Relation{RelationKey: graph.RelationKey{From: 1, Type: "COOLED_BY", To: 2}, Claims: []graph.RelationClaim{
		{Source: "a", RelationProps: graph.RelationProps{Grace: time.Minute, Capacity: &one}},
		{Source: "b", RelationProps: graph.RelationProps{Grace: time.Hour, Transfer: &soft, Phase: graph.StartPhase, Weight: &half, ValidFrom: from}},
		{Source: "c", RelationProps: graph.RelationProps{ValidTo: from.AddDate(1, 0, 0)}},
	}}
	p := graph.Builtin().EffectiveRelation(r)
	if p.Grace != time.Minute || *p.Capacity != 1 || *p.Transfer != graph.Soft || p.Phase != graph.StartPhase || *p.Weight != 0.5 {
		t.Errorf("of each property, what the first source by name states that states it: %+v", p)
	}
	if !p.ValidFrom.Equal(from) || !p.ValidTo.IsZero() {
		t.Errorf("the interval is that of one source: from %v to %v", p.ValidFrom, p.ValidTo)
	}
	bare := &graph.Relation{RelationKey: r.RelationKey, Claims: []graph.RelationClaim{{Source: "a"}}}
	if p := graph.Builtin().EffectiveRelation(bare); *p.Transfer != graph.Degrading || p.Phase != graph.RunPhase || p.Grace != 0 || p.Capacity != nil {
		t.Errorf("what nobody states is the type's default: %+v", p)
	}
}
