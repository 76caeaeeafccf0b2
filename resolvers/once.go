package resolvers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
)

// maxKey is how many bytes an idempotency key may have.
const maxKey = 255

func validKey(key *string) error {
	switch {
	case key == nil:
		return nil
	case *key == "":
		return graph.Errorf(graph.Invalid, "the idempotency key is empty").At(-1, "idempotencyKey").WithHint("give it a text of your own, for example a UUID, or leave it out")
	case len(*key) > maxKey || !utf8.ValidString(*key) || strings.ContainsFunc(*key, unicode.IsControl):
		return graph.Errorf(graph.Invalid, "the idempotency key is longer than %d bytes, or has control characters", maxKey).At(-1, "idempotencyKey")
	}
	return nil
}

// once is what makes a mutation happen once; nil where the client gave no key.
func (a *API) once(ctx context.Context, m meta) (*records.Once, error) {
	if m.key == nil {
		return nil, nil
	}
	form, err := json.Marshal(m.input)
	if err == nil {
		form, err = normalForm(form)
	}
	hash := sha256.New()
	hash.Write([]byte(graphql.GetFieldContext(ctx).Field.Name + "\n"))
	hash.Write(form)
	return &records.Once{Principal: a.actor(ctx).Name, Key: *m.key, Input: graph.Hash(hash.Sum(nil))}, err
}

// normalForm is JSON in which what means the same is the same: objects are in the
// order of their names, and a number is written in one way. What GraphQL gives
// defaults to, and reads as a time or a duration, is alike already.
func normalForm(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(normalValue(v))
}

func normalValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = normalValue(v[name])
		}
	case []any:
		for i := range v {
			v[i] = normalValue(v[i])
		}
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n
		}
		f, err := strconv.ParseFloat(v.String(), 64)
		switch {
		case err != nil:
			return v.String() // beyond what any attribute holds
		case f >= -1<<53 && f <= 1<<53 && f == float64(int64(f)):
			return int64(f) // 1.0 and 1e0 are 1
		}
		return f
	}
	return v
}
