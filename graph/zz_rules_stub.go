package graph

import (
	"encoding/json"
	"time"
)

// STUBS: replaced by the rules files.

type Catalogue struct{}

func Builtin() *Catalogue                                       { panic("stub") } // the built-in classes and types
func (c *Catalogue) With(changes ...Change) *Catalogue          { panic("stub") } // copy with Class/Type after-sides put
func (c *Catalogue) Class(name string) *Class                   { panic("stub") } // nil: unknown
func (c *Catalogue) Type(name string) *RelationType             { panic("stub") } // nil: unknown
func (c *Catalogue) Classes() []*Class                          { panic("stub") } // by name
func (c *Catalogue) Types() []*RelationType                     { panic("stub") } // by name
func (c *Catalogue) IsA(class, ancestor string) bool            { panic("stub") } // reflexive
func (c *Catalogue) Descendants(class string) []string          { panic("stub") } // class and its subclasses, by name
func (c *Catalogue) Attributes(class string) []AttributeDef     { panic("stub") } // inherited ones first, precomputed
func (c *Catalogue) Attribute(class, name string) *AttributeDef { panic("stub") } // nil: unknown
func (c *Catalogue) Tier(class string) string                   { panic("stub") }
func (c *Catalogue) Requires(class string) []RequiredLink       { panic("stub") } // inherited included
func (c *Catalogue) Redundancy(class string) []RedundancyRule   { panic("stub") } // inherited included
func (c *Catalogue) Effective(n *Node) map[string]Value         { panic("stub") } // pins, ranking, source name, defaults
func (c *Catalogue) EffectiveSource(n *Node, attribute string) (source string, pinned bool) {
	panic("stub")
}
func (c *Catalogue) EffectiveRelation(r *Relation) RelationProps      { panic("stub") } // Transfer and Phase never nil/unstated
func LifecycleOf(effective map[string]Value) Lifecycle                { panic("stub") }
func ParseValue(def AttributeDef, raw json.RawMessage) (Value, error) { panic("stub") } // null -> zero Value
func ParseText(def AttributeDef, text string) (Value, error)          { panic("stub") } // CSV cells, --where
func FormatDuration(d time.Duration) string                           { panic("stub") } // ISO 8601: PT20M
func ParseDuration(s string) (time.Duration, error)                   { panic("stub") }
func WantedNames(b Batch, s *Snapshot) Wants                          { panic("stub") } // refs and keys s does not know
func WantedRecords(b Batch, s *Snapshot, r Records) Wants             { panic("stub") } // then the records
func Check(b Batch, s *Snapshot, r Records) (*Plan, error)            { panic("stub") }
func (n *Node) Append(dst []byte) []byte                              { panic("stub") } // canonical binary form
func DecodeNode(b []byte) (*Node, error)                              { panic("stub") }
func (r *Relation) Append(dst []byte) []byte                          { panic("stub") }
func DecodeRelation(b []byte) (*Relation, error)                      { panic("stub") }
func (r *Requirement) Append(dst []byte) []byte                       { panic("stub") }
func DecodeRequirement(b []byte) (*Requirement, error)                { panic("stub") }
func (c *Class) Append(dst []byte) []byte                             { panic("stub") }
func DecodeClass(b []byte) (*Class, error)                            { panic("stub") }
func (t *RelationType) Append(dst []byte) []byte                      { panic("stub") }
func DecodeRelationType(b []byte) (*RelationType, error)              { panic("stub") }
func (e *Entry) Append(dst []byte) []byte                             { panic("stub") } // all but Hash
func DecodeEntry(b []byte) (*Entry, error)                            { panic("stub") }
func Seal(e Entry, head Head) (Entry, Head)                           { panic("stub") } // fills revision, previous, hash, content
func VerifyEntry(e Entry, head Head) (Head, error)                    { panic("stub") } // the next head, or what is broken
func (e Entry) MarshalJSON() ([]byte, error)                          { panic("stub") } // a line of a dump
func (e *Entry) UnmarshalJSON(b []byte) error                         { panic("stub") }
