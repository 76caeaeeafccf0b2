package server

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

var objects = []string{
	`{}`, `null`, `{"a":null}`, `{"a":[]}`, `{"a":[[],[{}],{}],"b":{"c":{},"d":[1,2,{"e":[3]}]}}`,
	`{"a":"{[,\"]}","b":"\\","c":["\\\"",",,,"],"d":1}`, `{"a":1,"a":[2,3]}`, `{"":{"":""}}`,
	`{"n":[0,-0,1e400,12345678901234567890,0.10],"t":true,"f":false,"u":"\u00e9\ud83d\ude00\ud83d"}`, ` { "a" : [ 1 , 2 ] } `,
}

// Variables decode to what encoding/json makes of them, numbers kept as they are
// written.
func FuzzVariables(f *testing.F) {
	for _, text := range objects {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want map[string]any
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.UseNumber()
		refused := !json.Valid([]byte(text)) || d.Decode(&want) != nil
		var got variables
		if err := json.Unmarshal([]byte(text), &got); (err != nil) != refused {
			t.Fatalf("%s: %v, refused by encoding/json: %v", text, err, refused)
		}
		if !refused && !reflect.DeepEqual(map[string]any(got), want) {
			t.Errorf("%s: %#v, want %#v", text, got, want)
		}
	})
}

// A list or an object never grows while it is decoded.
func TestTheSizesOfContainersAreKnownBeforehand(t *testing.T) {
	for text, want := range map[string][]int32{`{}`: {1}, `{"a":[1,2,{"b":","}],"c":{}}`: {2, 3, 1, 1}, `["\"[,",[[]],3]`: {3, 1, 1}} {
		if got := sizes([]byte(text)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
