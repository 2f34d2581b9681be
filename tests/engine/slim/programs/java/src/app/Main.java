package app;

import java.nio.charset.Charset;
import java.security.MessageDigest;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.HexFormat;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** Finds who can greet by service loading; the class library finds its own services in the same way. */
public class Main {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "greet" -> {
                var found = new TreeMap<String, Greeter>();
                for (Greeter each : ServiceLoader.load(Greeter.class)) found.put(each.language(), each);
                System.out.println(found.keySet() + " " + found.get(args[1]).greet(args[2]));
            }
            case "charset" -> System.out.println(HexFormat.of().formatHex("Zürich 東京".getBytes(Charset.forName(args[1]))));
            case "digest" -> System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance(args[1]).digest(new byte[3])));
            case "zone" -> System.out.println(ZonedDateTime.parse("2024-07-01T12:00:00Z").withZoneSameInstant(ZoneId.of(args[1])));
            case "trust" -> {
                var factory = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
                factory.init((java.security.KeyStore) null);
                var manager = (javax.net.ssl.X509TrustManager) factory.getTrustManagers()[0];
                System.out.println(manager.getAcceptedIssuers().length > 100);
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
