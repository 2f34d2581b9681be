package app;

public interface Greeter {
    String language();

    String greet(String name);
}
