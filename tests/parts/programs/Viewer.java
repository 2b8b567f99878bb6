import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Fetches each URL that it reads, with one client that keeps its connections, and prints the status, 0 for none. */
public class Viewer {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.valueOf(arguments[0]))
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .connectTimeout(Duration.ofSeconds(30))
                .build();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String url = input.readLine(); url != null; url = input.readLine()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30)).build();
            try {
                HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
                System.out.println(answer.statusCode() + " " + answer.version());
            } catch (IOException error) {
                System.out.println("0 " + error);
            }
        }
    }
}
