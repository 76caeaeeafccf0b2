package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// catalogue answers with classes and relation types.
type catalogue struct{}

func (catalogue) CIClasses(ctx context.Context) ([]*view.Class, error) {
	return view.Classes(readingOf(ctx).at().Catalogue()), nil
}

func (catalogue) RelationTypes(ctx context.Context) ([]*graph.RelationType, error) {
	return readingOf(ctx).at().Catalogue().Types(), nil
}
