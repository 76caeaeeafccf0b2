package population

import "github.com/faultline-itsm/faultline/graph"

// The fields of the lines that define classes and relation types: those of
// graph.Class and graph.RelationType, but builtin, which the service supplies.
var (
	classFields = []field[graph.Class]{
		kindField[graph.Class](),
		need(nameField("name", func(c *graph.Class) *string { return &c.Name })),
		nameField("extends", func(c *graph.Class) *string { return &c.Extends }),
		textField("description", func(c *graph.Class) *string { return &c.Description }),
		nameField("tier", func(c *graph.Class) *string { return &c.Tier }),
		boolField("abstract", func(c *graph.Class) *bool { return &c.Abstract }),
		objectsField("attributes", func(c *graph.Class) *[]graph.AttributeDef { return &c.Attributes }, attributeFields),
		listField("identifiers", func(c *graph.Class) *[][]string { return &c.Identifiers }, readNames),
		objectsField("requires", func(c *graph.Class) *[]graph.RequiredLink { return &c.Requires }, requiredFields),
		objectsField("redundancy", func(c *graph.Class) *[]graph.RedundancyRule { return &c.Redundancy }, redundancyFields),
		objectsField("ranking", func(c *graph.Class) *[]graph.SourceRanking { return &c.Ranking }, rankingFields),
	}

	attributeFields = []field[graph.AttributeDef]{
		need(nameField("name", func(a *graph.AttributeDef) *string { return &a.Name })),
		need(wordField("type", func(a *graph.AttributeDef, word []byte) error { return stated(word, a.Type.UnmarshalText) })),
		wordField("of", func(a *graph.AttributeDef, word []byte) error { return stated(word, a.Of.UnmarshalText) }),
		nameField("unit", func(a *graph.AttributeDef) *string { return &a.Unit }),
		textField("description", func(a *graph.AttributeDef) *string { return &a.Description }),
		boolField("required", func(a *graph.AttributeDef) *bool { return &a.Required }),
		listField("allowed", func(a *graph.AttributeDef) *[]string { return &a.Allowed }, readName),
		textField("default", func(a *graph.AttributeDef) *string { return &a.Default }),
		boolField("indexed", func(a *graph.AttributeDef) *bool { return &a.Indexed }),
	}

	requiredFields = []field[graph.RequiredLink]{
		need(listField("types", func(r *graph.RequiredLink) *[]string { return &r.Types }, readName)),
		need(wordField("direction", func(r *graph.RequiredLink, word []byte) error { return r.Direction.UnmarshalText(word) })),
		textField("reason", func(r *graph.RequiredLink) *string { return &r.Reason }),
	}

	redundancyFields = []field[graph.RedundancyRule]{
		need(nameField("name", func(r *graph.RedundancyRule) *string { return &r.Name })),
		need(nameField("type", func(r *graph.RedundancyRule) *string { return &r.Type })),
		nameField("provider", func(r *graph.RedundancyRule) *string { return &r.Provider }),
		need(wordField("rule", func(r *graph.RedundancyRule, word []byte) error { return r.Rule.UnmarshalText(word) })),
		intField("k", func(r *graph.RedundancyRule) *int { return &r.K }),
		intField("percent", func(r *graph.RedundancyRule) *int { return &r.Percent }),
		textField("reason", func(r *graph.RedundancyRule) *string { return &r.Reason }),
	}

	rankingFields = []field[graph.SourceRanking]{
		nameField("attribute", func(r *graph.SourceRanking) *string { return &r.Attribute }),
		need(listField("sources", func(r *graph.SourceRanking) *[]string { return &r.Sources }, readName)),
	}

	typeFields = []field[graph.RelationType]{
		kindField[graph.RelationType](),
		need(nameField("name", func(t *graph.RelationType) *string { return &t.Name })),
		need(nameField("reverse", func(t *graph.RelationType) *string { return &t.Reverse })),
		textField("description", func(t *graph.RelationType) *string { return &t.Description }),
		nameField("plane", func(t *graph.RelationType) *string { return &t.Plane }),
		{name: "transfer", required: true, read: func(s *scanner, t *graph.RelationType) error {
			raw, err := s.raw()
			if err != nil {
				return err
			}
			return t.Transfer.UnmarshalJSON(raw)
		}},
		wordField("impact", func(t *graph.RelationType, word []byte) error { return t.Impact.UnmarshalText(word) }),
		objectsField("between", func(t *graph.RelationType) *[]graph.ClassPair { return &t.Between }, pairFields),
	}

	pairFields = []field[graph.ClassPair]{
		need(nameField("consumer", func(p *graph.ClassPair) *string { return &p.Consumer })),
		need(nameField("provider", func(p *graph.ClassPair) *string { return &p.Provider })),
	}
)

func readName(s *scanner, to *string) (err error) {
	*to, err = s.name()
	return err
}

func readNames(s *scanner, to *[]string) error {
	return s.array(func(i int) error {
		var name string
		if err := readName(s, &name); err != nil {
			return inElement(i, err)
		}
		*to = append(*to, name)
		return nil
	})
}

func definition[T any](s *scanner, table []field[T], operation func(T) graph.Operation) (graph.Operation, error) {
	var t T
	if err := whole(s, table, &t); err != nil {
		return nil, err
	}
	return operation(t), nil
}
