package change

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Thresholds are what counts as much. They are data, and sealed with each assessment.
type Thresholds struct {
	Criticality string `json:"criticality"`           // from which on a CI counts for conflicts and staleness
	LargeBlast  int    `json:"largeBlast"`            // CIs DOWN that make a change risky by number alone
	MostlyWell  int    `json:"mostlyWell,omitempty"`  // of 100 changes of its model, how many have to go well
	OftenWell   int    `json:"oftenWell,omitempty"`   // less than so many of 100 is a HIGH risk,
	EnoughAlike int    `json:"enoughAlike,omitempty"` // of so many or more: of fewer it is bad luck
}

// DefaultThresholds are those where nobody set any.
var DefaultThresholds = Thresholds{Criticality: "HIGH", LargeBlast: 100, MostlyWell: 90, OftenWell: 70, EnoughAlike: 5}

// ThresholdsName is the name of the one record that says them.
const ThresholdsName = "thresholds"

// ThresholdsOf reads them from their record; nil: nobody set any.
func ThresholdsOf(r *itsm.Record) Thresholds {
	t := DefaultThresholds
	if r == nil {
		return t
	}
	t.Criticality = cmp.Or(r.Text("criticality"), t.Criticality)
	for _, x := range t.numbers() {
		if v, said := r.Values[x.name]; said && !v.IsZero() {
			*x.is = int(v.Int())
		}
	}
	return t
}

// Values are what their record says.
func (t Thresholds) Values() map[string]graph.Value {
	out := map[string]graph.Value{"criticality": graph.StringValue(t.Criticality)}
	for _, x := range t.numbers() {
		out[x.name] = graph.IntValue(int64(*x.is))
	}
	return out
}

// Check refuses what nobody can mean.
func (t Thresholds) Check() error {
	if !slices.Contains(criticalities, t.Criticality) {
		return graph.Errorf(graph.Invalid, "%q is no criticality", graph.Clip(t.Criticality)).At(-1, "criticality").WithHint("LOW, MEDIUM, HIGH or CRITICAL")
	}
	for _, x := range t.numbers() {
		if *x.is < x.least || *x.is > x.most {
			return graph.Errorf(graph.Invalid, "%d is out of range", *x.is).At(-1, x.field).WithHint("%s", fmt.Sprintf("give %d to %d", x.least, x.most))
		}
	}
	if t.OftenWell > t.MostlyWell {
		return graph.Errorf(graph.Invalid, "a HIGH risk would begin before a MODERATE one: %d is more than %d", t.OftenWell, t.MostlyWell).At(-1, "oftenWell").WithHint("let oftenWell be at most mostlyWell")
	}
	return nil
}

// number is one of them that is a number.
type number struct {
	name, field string
	is          *int
	least, most int
}

func (t *Thresholds) numbers() []number {
	return []number{
		{"large_blast", "largeBlast", &t.LargeBlast, 1, 1_000_000_000}, {"mostly_well", "mostlyWell", &t.MostlyWell, 0, 100},
		{"often_well", "oftenWell", &t.OftenWell, 0, 100}, {"enough_alike", "enoughAlike", &t.EnoughAlike, 1, 1000},
	}
}
