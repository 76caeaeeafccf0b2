package neo4j

import (
	"context"
	"errors"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// errUndone marks a commit that got lost on its way and may be repeated: it is known
// to have changed nothing that whoever decides again would not see.
var errUndone = errors.New("the connection was lost before the commit")

// resolve finds out what became of a commit whose answer was lost. Whoever has the
// write lock after it knows: its transaction is over, and its last entry is in the
// ledger or never will be. nil means that it did commit; errUndone, that it did not;
// lost, that there was no time to find out.
func (t *transaction) resolve(tx driver.ExplicitTransaction, lost error) error {
	// Its own deadline: that of the callers may be what ended the wait for the answer.
	ctx, cancel := context.WithTimeout(context.Background(), lateness)
	defer cancel()
	_ = tx.Close(ctx) // lets the server know where it still listens
	if !t.wrote {
		return errUndone // answers to keys alone, which the decision finds
	}
	m, committed := t.mark, false
	err := t.s.within(ctx, func(r runner) error {
		now, err := lockedMark(ctx, r, lockToWrite)
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
	return errUndone
}
