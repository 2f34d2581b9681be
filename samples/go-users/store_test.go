package main

import (
	"sync"
	"testing"
)

func TestConcurrentAddsGetDifferentIDs(t *testing.T) {
	const people = 100
	store := newStore()

	var wait sync.WaitGroup
	for range people {
		wait.Add(1)
		go func() {
			defer wait.Done()
			store.add("Someone", "someone@example.com")
		}()
	}
	wait.Wait()

	users := store.all()
	if len(users) != people {
		t.Fatalf("%d users, want %d", len(users), people)
	}
	for index, user := range users {
		if user.ID != index+1 {
			t.Fatalf("user %d has id %d, want them in order from 1", index, user.ID)
		}
	}
}
