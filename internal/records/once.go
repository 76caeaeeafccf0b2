package records

import (
	"context"
	"encoding/json"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// KeyKept is how long an idempotency key is known.
const KeyKept = 72 * time.Hour

// Once makes a commit happen once, however often it is sent: what became of it is
// kept under the principal's key, in the same transaction, also where nothing
// changed. The same key with other input is refused with graph.KeyReused. A
// commit of which everything was refused uses up no key. nil is a commit without
// a key.
type Once struct {
	Principal string
	Key       string
	Input     graph.Hash // of all that the client asked for, in a normal form
}

// known is what the key was answered with; nil where it is new, or was forgotten.
func (o *Once) known(ctx context.Context, tx store.Reader, now time.Time) (*ItemsReceipt, error) {
	if o == nil {
		return nil, nil
	}
	a, err := tx.Answer(ctx, o.Principal, o.Key)
	switch {
	case err != nil:
		return nil, err
	case a == nil || !now.Before(a.Until):
		return nil, nil
	case a.Input != o.Input:
		return nil, graph.Errorf(graph.KeyReused, "the idempotency key was used for another request at %s", a.At.Format(time.RFC3339)).
			At(-1, "idempotencyKey").WithHint("a repeat must ask for the same; take a new key for anything else")
	}
	return readReceipt(a.Result)
}

// answer is what is kept of a receipt.
func (o *Once) answer(r *ItemsReceipt, now time.Time) (*store.Answer, error) {
	if o == nil || r.refused() {
		return nil, nil
	}
	result, err := writeReceipt(r)
	return &store.Answer{Principal: o.Principal, Key: o.Key, Input: o.Input, At: now, Until: now.Add(KeyKept), Result: result}, err
}

// refused says whether something was refused and nothing accepted.
func (r *ItemsReceipt) refused() bool {
	refused := false
	for i := range r.Items {
		if len(r.Items[i].Effects) > 0 {
			return false
		}
		refused = refused || r.Items[i].Err != nil
	}
	return refused
}

// The form in which a receipt is kept; fields may be added.
type (
	keptReceipt struct {
		Revision graph.Revision `json:"revision"`
		Items    []keptItem     `json:"items"`
	}
	keptItem struct {
		Effects []keptEffect `json:"effects,omitempty"`
		Refusal *keptRefusal `json:"refusal,omitempty"`
	}
	keptEffect struct {
		Outcome graph.Outcome `json:"outcome"`
		ID      graph.ID      `json:"id,omitempty"`
		Version int64         `json:"version,omitempty"`
		Note    string        `json:"note,omitempty"`
	}
	keptRefusal struct {
		Kind     graph.Kind `json:"kind"`
		Message  string     `json:"message"`
		Hint     string     `json:"hint,omitempty"`
		Op       int        `json:"op"`
		Field    string     `json:"field,omitempty"`
		Existing graph.ID   `json:"existing,omitempty"`
		Current  int64      `json:"current,omitempty"`
		By       []string   `json:"by,omitempty"`
	}
)

func writeReceipt(r *ItemsReceipt) ([]byte, error) {
	out := keptReceipt{Revision: r.Revision, Items: make([]keptItem, len(r.Items))}
	for i, item := range r.Items {
		for _, e := range item.Effects {
			out.Items[i].Effects = append(out.Items[i].Effects, keptEffect(e))
		}
		if e := item.Err; e != nil {
			out.Items[i].Refusal = &keptRefusal{e.Kind, e.Message, e.Hint, e.Op, e.Field, e.Existing, e.Current, e.By}
		}
	}
	return json.Marshal(out)
}

func readReceipt(b []byte) (*ItemsReceipt, error) {
	var in keptReceipt
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, graph.Errorf(graph.Internal, "what was kept of an idempotency key cannot be read").Because(err)
	}
	out := &ItemsReceipt{Revision: in.Revision, Items: make([]ItemResult, len(in.Items))}
	for i, item := range in.Items {
		for _, e := range item.Effects {
			out.Items[i].Effects = append(out.Items[i].Effects, graph.Effect(e))
		}
		if e := item.Refusal; e != nil {
			out.Items[i].Err = &graph.Error{Kind: e.Kind, Message: e.Message, Hint: e.Hint, Op: e.Op, Field: e.Field, Existing: e.Existing, Current: e.Current, By: e.By}
		}
	}
	return out, nil
}
