// Package web holds the page that a browser shows at /graphiql: GraphiQL, whole,
// so that it works without a network, and the questions that it offers.
//
// Its one idea: a page is bytes with a name and a type, fixed when the program is
// built. It refuses to know of requests, and to load anything from elsewhere.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"strings"
)

//go:embed index.html
var index []byte

//go:embed built/*.gz
var built embed.FS

//go:embed questions
var questions embed.FS

// File is a part of the page.
type File struct {
	Path string // at which it is served, beginning with /
	Type string // its media type
	Zip  []byte // its content, compressed by gzip
	ETag string // changes with the content
}

// Page is the path of the page itself; its other parts are below it.
const Page = "/graphiql"

// Files are the parts of the page.
func Files() ([]File, error) {
	zipped := func(content []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write(content) // into memory: it cannot fail
		_ = z.Close()
		return out.Bytes()
	}
	saved, err := Questions()
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal(saved)
	if err != nil {
		return nil, err
	}
	files := []File{
		{Path: Page, Type: "text/html; charset=utf-8", Zip: zipped(index)},
		{Path: Page + "/questions.json", Type: "application/json; charset=utf-8", Zip: zipped(list)},
		{Path: Page + "/graphiql.js", Type: "text/javascript; charset=utf-8"},
		{Path: Page + "/graphiql.css", Type: "text/css; charset=utf-8"},
		{Path: Page + "/licences.txt", Type: "text/plain; charset=utf-8"},
	}
	for i := range files {
		f := &files[i]
		if f.Zip == nil {
			if f.Zip, err = built.ReadFile("built/" + f.Path[len(Page)+1:] + ".gz"); err != nil {
				return nil, err
			}
		}
		sum := sha256.Sum256(f.Zip)
		f.ETag = `"` + hex.EncodeToString(sum[:16]) + `"`
	}
	return files, nil
}

// Question is an operation that the page offers.
type Question struct {
	Name      string `json:"name"`      // of its file, without the ending
	Title     string `json:"title"`     // what people choose it by
	About     string `json:"about"`     // what it shows
	Query     string `json:"query"`     // the document, its comments included
	Variables string `json:"variables"` // as people edit them: JSON, or nothing
}

// Questions are what the page offers, by name. A question is a document whose first
// comment is its title, whose second says what it shows, and beside which a file of
// variables may lie.
func Questions() ([]Question, error) {
	names, err := fs.Glob(questions, "questions/*.graphql")
	if err != nil {
		return nil, err
	}
	var out []Question
	for _, name := range names {
		text, err := questions.ReadFile(name)
		if err != nil {
			return nil, err
		}
		name = strings.TrimSuffix(name, ".graphql")
		q := Question{Name: strings.TrimPrefix(name, "questions/"), Query: string(text)}
		title, rest, _ := strings.Cut(q.Query, "\n")
		about, _, _ := strings.Cut(rest, "\n")
		q.Title, q.About = strings.TrimPrefix(title, "# "), strings.TrimPrefix(about, "# ")
		if vars, err := questions.ReadFile(name + ".json"); err == nil {
			q.Variables = strings.TrimSpace(string(vars))
		}
		out = append(out, q)
	}
	return out, nil
}
