package store

import "github.com/faultline-itsm/faultline/graph"

// hashedAtOnce is how many records are hashed together.
const hashedAtOnce = 4096

// Sum is the content hash of records that come one by one, as a stream gives them.
// The zero value is that of no records.
type Sum struct {
	portion []graph.Change
	summed  graph.Sum
}

// Add counts a record in.
func (s *Sum) Add(c graph.Change) {
	if s.portion = append(s.portion, c); len(s.portion) == hashedAtOnce {
		s.settle()
	}
}

// Content is the hash of what was added; a head has the same where it stands for
// the same records.
func (s *Sum) Content() graph.Sum {
	s.settle()
	return s.summed
}

// settle adds the hashes of a portion: what an entry that made it would leave.
func (s *Sum) settle() {
	if len(s.portion) > 0 {
		_, head := graph.Seal(graph.Entry{Changes: s.portion}, graph.Head{Content: s.summed})
		s.summed, s.portion = head.Content, s.portion[:0]
	}
}
