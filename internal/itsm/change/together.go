package change

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// together does all of the work at the same time. Where some of it panics, the caller
// does, who may know what to do about it, with the stack of where it was.
func together(work ...func()) {
	var wg sync.WaitGroup
	panicked := make(chan any, len(work))
	for _, do := range work {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panicked <- fmt.Sprintf("%v\n%s", p, debug.Stack())
				}
			}()
			do()
		})
	}
	wg.Wait()
	select {
	case p := <-panicked:
		panic(p)
	default:
	}
}
