package graph

import (
	"slices"
	"time"
)

// RuleDetails are what only some rules ask of a requirement.
type RuleDetails struct {
	// Failover is how long ACTIVE_PASSIVE takes to go over to another member.
	Failover time.Duration
	// Demand is what CAPACITY needs, in the units of its members' capacity, until the
	// first of Steps; these are in order of time, and each holds until the next.
	Demand int64
	Steps  []DemandStep
	// Headroom is the percentage of the demand that CAPACITY wants above it.
	Headroom int
	// Degraded is the percentage of its capacity that a DEGRADED member has left;
	// Floor the percentage of the demand from which on the requirement is DEGRADED and
	// not DOWN. nil: 50.
	Degraded, Floor *int
	// Targets are what REACHES must reach one of, by id, over relations of Plane.
	Targets []ID
	Plane   string
}

// DemandStep is another demand from an instant on.
type DemandStep struct {
	At     time.Time
	Demand int64
}

// halfway is the percentage where nobody gave one.
const halfway = 50

// DegradedPercent is the percentage of its capacity that a DEGRADED member has left.
func (d *RuleDetails) DegradedPercent() int { return int(percentage(d.Degraded)) }

// FloorPercent is the percentage of the demand from which on CAPACITY is DEGRADED and
// not DOWN.
func (d *RuleDetails) FloorPercent() int { return int(percentage(d.Floor)) }

func percentage(p *int) uint64 {
	if p == nil {
		return halfway
	}
	return uint64(*p)
}

// DemandAt is the demand at an instant. The zero time is all times: the greatest.
func (d *RuleDetails) DemandAt(at time.Time) int64 {
	demand := d.Demand
	for _, s := range d.Steps {
		switch {
		case at.IsZero():
			demand = max(demand, s.Demand)
		case !at.Before(s.At):
			demand = s.Demand
		}
	}
	return demand
}

func (d *RuleDetails) same(e *RuleDetails) bool {
	return slices.Equal(d.Targets, e.Targets) && d.Plane == e.Plane && d.Failover == e.Failover && d.Demand == e.Demand && d.Headroom == e.Headroom && same(d.Degraded, e.Degraded) && same(d.Floor, e.Floor) &&
		slices.EqualFunc(d.Steps, e.Steps, func(a, b DemandStep) bool { return a.At.Equal(b.At) && a.Demand == b.Demand })
}

// detailed says whether records of requirements by the rule have details: those that
// had none keep the bytes that they always had.
func (r Rule) detailed() bool { return r == ActivePassive || r == Capacity || r == Reaches }

func putPercentage(dst []byte, p *int) []byte {
	dst = putBool(dst, p != nil)
	if p != nil {
		dst = putInt(dst, int64(*p))
	}
	return dst
}

func (d *RuleDetails) append(dst []byte, r Rule) []byte {
	if r == Reaches {
		dst = putList(dst, d.Targets, func(dst []byte, id ID) []byte { return putUint(dst, uint64(id)) })
		return putText(dst, d.Plane)
	}
	dst = putInt(dst, int64(d.Failover))
	dst = putInt(dst, d.Demand)
	dst = putList(dst, d.Steps, func(dst []byte, s DemandStep) []byte {
		return putInt(putInt(dst, s.At.UnixMicro()), s.Demand)
	})
	dst = putInt(dst, int64(d.Headroom))
	return putPercentage(putPercentage(dst, d.Degraded), d.Floor)
}

func (f *form) percentage() *int {
	if !f.bool() {
		return nil
	}
	n := int(f.int())
	return &n
}

func (f *form) details(r Rule) RuleDetails {
	if r == Reaches {
		return RuleDetails{Targets: list(f, func() ID { return ID(f.uint()) }), Plane: f.text()}
	}
	d := RuleDetails{Failover: time.Duration(f.int()), Demand: f.int()}
	d.Steps = list(f, func() DemandStep { return DemandStep{time.UnixMicro(f.int()).UTC(), f.int()} })
	d.Headroom = int(f.int())
	d.Degraded, d.Floor = f.percentage(), f.percentage()
	return d
}

// maxSteps bounds how often a demand may change.
const maxSteps = 1000

// maxTargets bounds how many CIs a path may end at.
const maxTargets = 1000

// valid fails with Invalid where the details are not what the rule asks for.
func (d *RuleDetails) valid(r Rule) error {
	switch {
	case r != Reaches && (len(d.Targets) > 0 || d.Plane != ""):
		return fail(Invalid, "targets", "targets and plane belong to REACHES, not to %s", r)
	case r == Reaches && len(d.Targets) == 0:
		return fail(Invalid, "targets", "REACHES names no target").WithHint("name the CIs of which one must be reached")
	case r == Reaches && len(d.Targets) > maxTargets:
		return fail(Invalid, "targets", "%d targets are more than %d", len(d.Targets), maxTargets)
	case r == Reaches && d.Plane == "":
		return fail(Invalid, "plane", "REACHES names no plane").WithHint("for example network: paths run over the relations of that plane")
	case r != ActivePassive && d.Failover != 0:
		return fail(Invalid, "failover", "failover belongs to ACTIVE_PASSIVE, not to %s", r)
	case d.Failover < 0:
		return fail(Invalid, "failover", "the failover of %s is negative", FormatDuration(d.Failover))
	case r != Capacity && (d.Demand != 0 || len(d.Steps) > 0 || d.Headroom != 0 || d.Degraded != nil || d.Floor != nil):
		return fail(Invalid, "demand", "a demand belongs to CAPACITY, not to %s", r)
	case r != Capacity:
		return nil
	case d.Demand < 0:
		return fail(Invalid, "demand", "the demand %d is below zero", d.Demand)
	case d.Demand == 0 && len(d.Steps) == 0:
		return fail(Invalid, "demand", "CAPACITY needs a demand, in the units of its members' capacity")
	case d.Headroom < 0 || d.Headroom > 1000:
		return fail(Invalid, "headroomPercent", "the headroom of %d%% is not between 0 and 1000", d.Headroom)
	case percentage(d.Degraded) > 100:
		return fail(Invalid, "degradedPercent", "a DEGRADED member has 0 to 100%% of its capacity left, not %d%%", *d.Degraded)
	case percentage(d.Floor) > 100:
		return fail(Invalid, "floorPercent", "the floor is 0 to 100%% of the demand, not %d%%", *d.Floor)
	case len(d.Steps) > maxSteps:
		return fail(Invalid, "demandSteps", "%d steps of demand are more than %d", len(d.Steps), maxSteps)
	}
	for k, s := range d.Steps {
		switch {
		case s.At.IsZero():
			return fail(Invalid, "demandSteps", "step %d has no time from which it holds", k+1)
		case s.Demand < 0:
			return fail(Invalid, "demandSteps", "the demand %d from %s on is below zero", s.Demand, stamp(s.At))
		case k > 0 && !d.Steps[k-1].At.Before(s.At):
			return fail(Invalid, "demandSteps", "step %d, from %s on, does not begin after the one before it", k+1, stamp(s.At)).
				WithHint("give each time once, in order")
		}
	}
	return nil
}
