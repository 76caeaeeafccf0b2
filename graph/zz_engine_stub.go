package graph

import "iter"

// STUBS: replaced by the snapshot and engine files.

type Snapshot struct{}
type Builder struct{}

func NewBuilder() *Builder                           { panic("stub") }
func (b *Builder) Add(c Change) error                { panic("stub") } // after-sides: classes, types, nodes, requirements, then relations
func (b *Builder) Build(h Head) (*Snapshot, error)   { panic("stub") }
func Empty() *Snapshot                               { panic("stub") } // builtin catalogue, revision 0
func (s *Snapshot) Head() Head                       { panic("stub") }
func (s *Snapshot) Revision() Revision               { panic("stub") }
func (s *Snapshot) Catalogue() *Catalogue            { panic("stub") }
func (s *Snapshot) Apply(cs []Change, h Head) (*Snapshot, error) { panic("stub") } // h: the head after it
func (s *Snapshot) Compact() *Snapshot               { panic("stub") } // same content, delta merged
func (s *Snapshot) NeedsCompaction() bool            { panic("stub") }
func (s *Snapshot) Len() int                         { panic("stub") } // living nodes
func (s *Snapshot) RelationCount() int               { panic("stub") }
func (s *Snapshot) Lookup(r Ref) (ID, bool)          { panic("stub") } // living nodes only
func (s *Snapshot) LookupName(name string) []ID      { panic("stub") } // living nodes with that bare name (scan)
func (s *Snapshot) Has(id ID) bool                   { panic("stub") } // living or retired
func (s *Snapshot) Ref(id ID) Ref                    { panic("stub") }
func (s *Snapshot) Retired(id ID) bool               { panic("stub") }
func (s *Snapshot) Lifecycle(id ID) Lifecycle        { panic("stub") }
func (s *Snapshot) Nodes() iter.Seq[ID]              { panic("stub") } // living, by id
func (s *Snapshot) Links(id ID, d Direction) []Link  { panic("stub") } // by (group, type, ref of the other end, qualifier)
func (s *Snapshot) Degree(id ID, d Direction) int    { panic("stub") }
func (s *Snapshot) Link(k RelationKey) (Link, bool)  { panic("stub") }
func (s *Snapshot) Requirements(id ID) []Requirement { panic("stub") } // by name; Version, Created, Changed are zero
func (s *Snapshot) Members(k RequirementKey) []Link  { panic("stub") }

type Assessment struct{}

func Assess(s *Snapshot, sc Scenario, o Options) (*Assessment, error) { panic("stub") }
func (a *Assessment) Snapshot() *Snapshot            { panic("stub") } // patched, if the scenario has a patch
func (a *Assessment) Complete() bool                 { panic("stub") }
func (a *Assessment) EvaluatedNodes() int            { panic("stub") }
func (a *Assessment) EvaluatedRelations() int        { panic("stub") }
func (a *Assessment) Counts() Counts                 { panic("stub") }
func (a *Assessment) States(id ID) (baseline, scenario State) { panic("stub") }
func (a *Assessment) Impacted() []Impacted           { panic("stub") } // all that rose: state worst first, distance, ref
func (a *Assessment) AlreadyAffected() []Impacted    { panic("stub") } // From == To > OPERATIONAL, reached by the effects
func (a *Assessment) Why(id ID) *Proof               { panic("stub") } // nil: it did not rise
func (a *Assessment) WhyNot(id ID) *Slack            { panic("stub") } // nil: it rose
func (a *Assessment) BlindSpots() []BlindSpot        { panic("stub") } // by ref, kind
func (a *Assessment) Assumptions() []Assumption      { panic("stub") }
func (a *Assessment) Held() []Holder                 { panic("stub") } // what stayed up and why: where impact stopped at a requirement

// Reach is every CI that depends on id (Consumers) or that id depends on
// (Providers) over impact-carrying relations, transitively, id itself not
// counted; ordered by ref unless only the count is wanted.
func (s *Snapshot) Reach(id ID, d Direction) []ID         { panic("stub") }
func (s *Snapshot) ReachCount(id ID, d Direction) int     { panic("stub") }
// CutSets are the minimal sets of at most size CIs whose outage takes the service DOWN.
func CutSets(s *Snapshot, service ID, size int, plane string) (*CutSetAnswer, error) { panic("stub") }
