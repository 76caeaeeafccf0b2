package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

// The classes and types that model.md names.
const (
	promisedClasses = `business_service application_service application component database queue cache container pod cluster
		server virtual_machine hypervisor network_device interface circuit load_balancer storage_array volume power_feed pdu ups
		rack room site certificate licence dns_zone software_package image repository vendor contract team person document`
	promisedTypes = `RUNS_ON DEPENDS_ON HAS_MEMBER CONNECTED_TO POWERED_BY STORED_ON BACKED_UP_BY LOCATED_IN OWNED_BY SUPPORTED_BY
		REPLICATES_TO USES CALLS AUTHENTICATES_WITH RESOLVES_WITH PROTECTED_BY MANAGED_BY MONITORED_BY DOCUMENTED_BY
		AFFECTS CAUSED_BY PART_OF FIXES EXPLAINED_BY`
)

func TestTheCatalogueHasWhatTheModelNames(t *testing.T) {
	t.Parallel()
	cat := graph.Builtin()
	for _, name := range strings.Fields(promisedClasses) {
		if c := cat.Class(name); c == nil || c.Abstract || !cat.IsA(name, "ci") {
			t.Errorf("class %s: %+v", name, c)
		}
	}
	for _, name := range strings.Fields(promisedTypes) {
		if cat.Type(name) == nil {
			t.Errorf("there is no relation type %s", name)
		}
	}
	for _, name := range []string{"lifecycle", "environment", "business_criticality", "owner", "support_group"} {
		if cat.Attribute("ci", name) == nil || cat.Attribute("hypervisor", name) == nil {
			t.Errorf("a CI has no attribute %s", name)
		}
	}
	if d := cat.Attribute("ci", "lifecycle").Default; d != "LIVE" {
		t.Errorf("the lifecycle is by default %q", d)
	}
}

// everyClass calls f as a subtest of each built-in class.
func everyClass(t *testing.T, f func(t *testing.T, cat *graph.Catalogue, c *graph.Class)) {
	t.Helper()
	t.Parallel()
	cat := graph.Builtin()
	for _, c := range cat.Classes() {
		t.Run(c.Name, func(t *testing.T) { f(t, cat, c) })
	}
}

func TestEveryClassSaysWhatItIs(t *testing.T) {
	everyClass(t, func(t *testing.T, cat *graph.Catalogue, c *graph.Class) {
		if !graph.ValidName(c.Name) {
			t.Error("the name is none")
		}
		if !c.Builtin || c.Description == "" {
			t.Errorf("built in: %v, description %q", c.Builtin, c.Description)
		}
		if !slices.Contains(graph.Tiers, cat.Tier(c.Name)) {
			t.Errorf("%q is no tier", cat.Tier(c.Name))
		}
		root := c.Name == "ci" || c.Name == "record"
		if root != (c.Extends == "") || !root && cat.Class(c.Extends) == nil {
			t.Errorf("it extends %q", c.Extends)
		}
		if cat.IsA(c.Name, "ci") == cat.IsA(c.Name, "record") {
			t.Error("it is not either a CI or a record")
		}
		seen := map[string]bool{}
		for _, a := range cat.Attributes(c.Name) {
			if seen[a.Name] || !graph.ValidName(a.Name) {
				t.Errorf("the attribute %s stands twice, or has no name", a.Name)
			}
			seen[a.Name] = true
			if a.Description == "" || a.Type == graph.NoValue {
				t.Errorf("attribute %s: description %q, type %q", a.Name, a.Description, a.Type)
			}
			if (a.Type == graph.EnumKind || a.Of == graph.EnumKind) != (len(a.Allowed) > 0) {
				t.Errorf("attribute %s of type %s allows %v", a.Name, a.Type, a.Allowed)
			}
			if a.Default != "" {
				if _, err := graph.ParseText(a, a.Default); err != nil {
					t.Errorf("the default of %s: %v", a.Name, err)
				}
			}
		}
		for _, set := range c.Identifiers {
			for _, name := range set {
				if !seen[name] {
					t.Errorf("it is identified by %q, which it has not", name)
				}
			}
		}
	})
}

// requiresNothing are the concrete classes of which nothing need be known beside
// themselves, and why.
var requiresNothing = map[string]string{graph.BaselineClass: "it names a revision, and nothing depends on it"}

func TestEveryClassSaysWhatIsUnknownWithoutARelation(t *testing.T) {
	everyClass(t, func(t *testing.T, cat *graph.Catalogue, c *graph.Class) {
		required := cat.Requires(c.Name)
		if _, excused := requiresNothing[c.Name]; len(required) == 0 && !c.Abstract && !excused && !cat.Kept(c.Name) {
			t.Error("it requires no relation, so it is never a blind spot")
		}
		for _, l := range required {
			if l.Reason == "" || len(l.Types) == 0 {
				t.Errorf("%+v lacks its reason or its types", l)
			}
			fits := false // at least one type must be possible, else it is unknown forever
			for _, name := range l.Types {
				typ := cat.Type(name)
				if typ == nil {
					t.Errorf("it requires %s, which is no relation type", name)
					continue
				}
				fits = fits || slices.ContainsFunc(cat.Classes(), func(other *graph.Class) bool {
					if l.Direction == graph.Providers {
						return cat.Fits(typ, c.Name, other.Name)
					}
					return cat.Fits(typ, other.Name, c.Name)
				})
			}
			if !fits {
				t.Errorf("none of %v can be written: %s", l.Types, l.Reason)
			}
		}
	})
}

func TestRedundancyRulesReferToWhatThereIs(t *testing.T) {
	everyClass(t, func(t *testing.T, cat *graph.Catalogue, c *graph.Class) {
		rules := cat.Redundancy(c.Name)
		if !slices.IsSortedFunc(rules, func(a, b graph.RedundancyRule) int { return strings.Compare(a.Name, b.Name) }) {
			t.Error("the rules are not in the order of their names")
		}
		for _, r := range rules {
			typ := cat.Type(r.Type)
			if typ == nil || r.Name == "" || r.Reason == "" {
				t.Fatalf("rule %+v", r)
			}
			if typ.Impact == graph.NoImpact || typ.Transfer == graph.None {
				t.Errorf("rule %s counts %s, over which nothing flows", r.Name, r.Type)
			}
			provider := r.Provider
			if provider == "" {
				provider = "ci"
			}
			if cat.Class(provider) == nil {
				t.Fatalf("rule %s: the class %s is unknown", r.Name, provider)
			}
			if !slices.ContainsFunc(cat.Descendants(provider), func(p string) bool { return cat.Fits(typ, c.Name, p) }) {
				t.Errorf("rule %s: no %s of %s to a %s can be written", r.Name, r.Type, c.Name, provider)
			}
		}
	})
	for class, rules := range map[string][]string{"server": {"power", "uplink"}, "cluster": {"members"}, "load_balancer": {"pool", "power", "uplink"}, "application": nil} {
		var names []string
		for _, r := range graph.Builtin().Redundancy(class) {
			names = append(names, r.Name)
		}
		if !slices.Equal(names, rules) {
			t.Errorf("%s has the rules %v, want %v", class, names, rules)
		}
	}
}

func TestEveryRelationTypeSaysWhatItIs(t *testing.T) {
	t.Parallel()
	cat := graph.Builtin()
	names := map[string]string{}
	for _, typ := range cat.Types() {
		if !typ.Builtin || typ.Description == "" || !graph.ValidName(typ.Plane) || !graph.ValidTypeName(typ.Name) || !graph.ValidTypeName(typ.Reverse) {
			t.Errorf("%+v is not complete", typ)
		}
		for _, name := range []string{typ.Name, typ.Reverse} {
			if other := names[name]; other != "" {
				t.Errorf("%s is said by %s and by %s", name, other, typ.Name)
			}
			names[name] = typ.Name
		}
		for _, p := range typ.Between {
			if cat.Class(p.Consumer) == nil || cat.Class(p.Provider) == nil {
				t.Errorf("%s is allowed between %v, which are not both classes", typ.Name, p)
			}
		}
		for at := graph.Operational; at < graph.Down; at++ {
			if typ.Transfer.Of(at) > typ.Transfer.Of(at+1) {
				t.Errorf("the transfer of %s is not monotone", typ.Name)
			}
		}
		if typ.Transfer.Of(graph.Operational) != graph.Operational || typ.Transfer.Raises() {
			t.Errorf("the transfer of %s is %s", typ.Name, typ.Transfer)
		}
		if (typ.Impact == graph.NoImpact) != (typ.Transfer == graph.None) {
			t.Errorf("%s has impact %s and transfer %s", typ.Name, typ.Impact, typ.Transfer)
		}
	}
	anyTwo := cat.Type("DEPENDS_ON")
	for _, from := range cat.Classes() {
		for _, to := range cat.Classes() {
			if want := cat.IsA(from.Name, "ci") && cat.IsA(to.Name, "ci"); cat.Fits(anyTwo, from.Name, to.Name) != want {
				t.Errorf("DEPENDS_ON from %s to %s: %v", from.Name, to.Name, !want)
			}
		}
	}
	power := cat.Type("POWERED_BY")
	for to, want := range map[string]bool{"pdu": true, "ups": true, "power_feed": true, "server": false, "application": false} {
		if cat.Fits(power, "hypervisor", to) != want {
			t.Errorf("POWERED_BY from a hypervisor to a %s: %v", to, !want)
		}
	}
}

func TestACatalogueIsAsked(t *testing.T) {
	t.Parallel()
	cat := graph.Builtin()
	if got := cat.Descendants("network_device"); !slices.Equal(got, []string{"load_balancer", "network_device"}) {
		t.Errorf("network devices are %v", got)
	}
	for _, unknown := range []string{"", "nothing", "SERVER"} {
		if cat.Class(unknown) != nil || cat.Descendants(unknown) != nil || cat.Attributes(unknown) != nil || cat.Attribute(unknown, "owner") != nil ||
			cat.Tier(unknown) != "" || cat.Requires(unknown) != nil || cat.Redundancy(unknown) != nil || cat.IsA(unknown, "ci") || cat.IsA("server", unknown) {
			t.Errorf("%q is known", unknown)
		}
	}
	more := cat.With(graph.Change{Class: &graph.Class{Name: "firewall", Extends: "network_device",
		Redundancy: []graph.RedundancyRule{{Name: "uplink", Type: "CONNECTED_TO", Rule: graph.All}}}})
	if cat.Class("firewall") != nil || len(cat.Descendants("network_device")) != 2 {
		t.Error("With has changed the catalogue itself")
	}
	if more.Tier("firewall") != "network" || more.Attribute("firewall", "serial_number") == nil || !more.IsA("firewall", "hardware") {
		t.Error("a new class does not inherit tier and attributes")
	}
	for _, r := range more.Redundancy("firewall") {
		if r.Name == "uplink" && r.Rule != graph.All {
			t.Error("a subclass's own rule does not replace the one it inherits")
		}
	}
	if first := more.Attributes("firewall")[0].Name; first != "lifecycle" {
		t.Errorf("the first attribute is %s; inherited ones come first", first)
	}
}
