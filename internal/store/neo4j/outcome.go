package neo4j

import (
	"context"
	"errors"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// resolve finds out what became of a commit whose answer was lost; m is the head
// that it would have left. Whoever has the write lock after it knows: its
// transaction is over, and its entry is in the ledger or never will be. nil means
// that it did commit; an error that may be repeated, that it did not; lost, that
// there was no time to find out.
func (s *Store) resolve(tx driver.ExplicitTransaction, m *mark, lost error) error {
	// Its own deadline: that of the callers may be what ended the wait for the answer.
	ctx, cancel := context.WithTimeout(context.Background(), lateness)
	defer cancel()
	_ = tx.Close(ctx) // lets the server know where it still listens
	committed := false
	err := s.within(ctx, func(r runner) error {
		v, err := row(ctx, r, lockToWrite, nil)
		if err != nil {
			return err
		}
		now, err := readMark(v)
		if err != nil || now.Revision < m.Revision {
			return err
		}
		entries, err := entriesOf(ctx, r, now.Head, m.Revision-1, 1)
		committed = len(entries) == 1 && entries[0].Hash == m.Hash
		return err
	})
	switch {
	case err != nil:
		return errors.Join(lost, err)
	case committed:
		return nil
	}
	return errNotCommitted
}

// errNotCommitted marks a commit that got lost on its way and is known to have
// changed nothing.
var errNotCommitted = errors.New("the connection was lost before the commit")
