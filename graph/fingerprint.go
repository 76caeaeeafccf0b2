package graph

import (
	"cmp"
	"crypto/sha256"
	"slices"
)

// Fingerprint is what the plan does, as a hash. Two plans of one batch have the same
// where they change the same records from the same to the same, whatever was
// committed elsewhere between them: revisions that the plan itself makes, and the
// ids that it gives, do not count. base is the head that the plan was checked on.
func (p *Plan) Fingerprint(base Head) Hash {
	e := Entry{Changes: make([]Change, len(p.Changes))}
	for i, c := range p.Changes {
		e.Changes[i] = base.relative(c)
	}
	return sha256.Sum256(e.Append(nil))
}

// Fingerprint is the blast radius as a hash: which CIs rise, from which state to
// which, and whether all of them are known. CIs that only the scenario's patch
// creates count by their order; base is the head that the patch was checked on.
func (a *Assessment) Fingerprint(base Head) Hash {
	rows := slices.Clone(a.Impacted())
	slices.SortFunc(rows, func(x, y Impacted) int { return cmp.Compare(x.CI, y.CI) })
	form := putBool(nil, a.Complete())
	for _, r := range rows {
		form = append(putUint(form, uint64(base.relativeID(r.CI))), byte(r.From), byte(r.To))
	}
	return sha256.Sum256(form)
}

// newID marks an id that was given after a head.
const newID = MaxID + 1

// relativeID is an id, or, behind the mark, the how many-th after the head.
func (h Head) relativeID(id ID) ID {
	if id > h.LastID {
		return newID + (id - h.LastID)
	}
	return id
}

// relativeRevision is a revision, or 0 where it comes after the head.
func (h Head) relativeRevision(r Revision) Revision {
	if r > h.Revision {
		return 0
	}
	return r
}

// relative is a change without what depends on the head that it was planned at.
func (h Head) relative(c Change) Change {
	if c.Node != nil {
		n := *c.Node
		n.ID, n.Created, n.Changed = h.relativeID(n.ID), h.relativeRevision(n.Created), h.relativeRevision(n.Changed)
		c.Node = &n
	}
	if c.Relation != nil {
		r := *c.Relation
		r.From, r.To = h.relativeID(r.From), h.relativeID(r.To)
		r.Created, r.Changed = h.relativeRevision(r.Created), h.relativeRevision(r.Changed)
		c.Relation = &r
	}
	if c.Requirement != nil {
		q := *c.Requirement
		q.Consumer, q.Created, q.Changed = h.relativeID(q.Consumer), h.relativeRevision(q.Created), h.relativeRevision(q.Changed)
		c.Requirement = &q
	}
	return c
}
