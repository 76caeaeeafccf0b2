// Package e2e tries the program as a person does: the real binary, a real browser.
//
// Its one idea: what a browser says by itself (errors, refused scripts, requests to
// other places) is read, not only what is on the page. It is a module of its own, so
// that what it needs is no dependency of the product.
package e2e
